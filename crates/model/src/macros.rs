//! How the generated tables of exceptions, enums and errors become types.

/// Exceptions: a struct with a text each, and what a client is told of it.
macro_rules! exceptions {
    ($($name:ident { $code:literal $status:literal, $query_code:literal $query_status:literal
        $($fault:ident)? $([message = $message_key:literal])? $(; $member:ident = $key:literal)* } ),* $(,)?) => {$(
        #[doc = concat!("The exception `", $code, "`.")]
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            /// The text for the client; AWS leaves it out of some.
            pub message: Option<String>,
            $(
                #[doc = concat!("The member `", $key, "`.")]
                pub $member: Option<String>,
            )*
        }

        impl $name {
            /// What a client is told of it.
            pub const INFO: &'static $crate::ErrorInfo = &$crate::ErrorInfo {
                name: stringify!($name),
                json: $crate::Face { code: $code, status: $status },
                query: $crate::Face { code: $query_code, status: $query_status },
                message_key: $crate::macros::message_key!($($message_key)?),
                fault: $crate::macros::is_fault!($($fault)?),
            };
            #[doc = concat!("`", $code, "` with this text.")]
            pub fn new(message: impl Into<String>) -> Self {
                Self { message: Some(message.into()), $($member: None,)* }
            }
            #[doc = concat!("`", $code, "` without a text.")]
            pub fn bare() -> Self {
                Self::default()
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::macros::describe(f, $code, self.message.as_deref())
            }
        }

        impl ::std::error::Error for $name {}

        impl $crate::ApiError for $name {
            fn info(&self) -> &'static $crate::ErrorInfo {
                Self::INFO
            }
            fn message(&self) -> Option<&str> {
                self.message.as_deref()
            }
            fn details(&self) -> Vec<(&'static str, String)> {
                let details: [(&'static str, Option<&String>); _] = [$(($key, self.$member.as_ref())),*];
                details.into_iter().filter_map(|(key, value)| Some((key, value?.clone()))).collect()
            }
        }
    )*};
}

/// The key of an exception's text.
macro_rules! message_key {
    () => {
        "message"
    };
    ($key:literal) => {
        $key
    };
}

/// Whether an exception was marked as the service's fault.
macro_rules! is_fault {
    () => {
        false
    };
    (fault) => {
        true
    };
}

/// Error enums: one variant for each exception that may occur, and a conversion from each.
macro_rules! operation_errors {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident: $exception:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $(
                #[doc = concat!("`", stringify!($exception), "`.")]
                $variant($exception),
            )*
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self { $(Self::$variant(error) => ::core::fmt::Display::fmt(error, f),)* }
            }
        }

        impl ::std::error::Error for $name {}

        impl $crate::ApiError for $name {
            fn info(&self) -> &'static $crate::ErrorInfo {
                match self { $(Self::$variant(error) => error.info(),)* }
            }
            fn message(&self) -> Option<&str> {
                match self { $(Self::$variant(error) => error.message(),)* }
            }
            fn details(&self) -> Vec<(&'static str, String)> {
                match self { $(Self::$variant(error) => error.details(),)* }
            }
        }

        $(
            impl From<$exception> for $name {
                fn from(error: $exception) -> Self {
                    Self::$variant(error)
                }
            }
        )*
    )*};
}

/// Lets each of these error enums be made from the two exceptions that handlers themselves raise.
macro_rules! from_common {
    ($($name:ident),* $(,)?) => {$(
        impl From<$crate::common::AccessDeniedException> for $name {
            fn from(error: $crate::common::AccessDeniedException) -> Self {
                Self::Common(error.into())
            }
        }
        impl From<$crate::common::ValidationException> for $name {
            fn from(error: $crate::common::ValidationException) -> Self {
                Self::Common(error.into())
            }
        }
    )*};
}

/// Enums of strings.
macro_rules! string_enums {
    ($($name:ident { $($variant:ident = $value:literal),* $(,)? })*) => {$(
        #[doc = concat!("The enum `", stringify!($name), "`.")]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum $name {
            $(
                #[doc = concat!("`", $value, "`.")]
                $variant,
            )*
        }

        impl $name {
            /// All values, in the model's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The names of all values, in the model's order.
            pub const NAMES: &'static [&'static str] = &[$($value),*];
            /// The value's name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $value,)* }
            }
            /// The value of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($value => Some(Self::$variant),)* _ => None }
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = $crate::lenient::text(deserializer)?;
                Self::from_name(&name).ok_or_else(|| ::serde::de::Error::unknown_variant(&name, Self::NAMES))
            }
        }
    )*};
}

pub(crate) use {exceptions, from_common, is_fault, message_key, operation_errors, string_enums};

/// Writes `Code: text`, or the code alone.
pub(crate) fn describe(
    f: &mut core::fmt::Formatter<'_>,
    code: &str,
    message: Option<&str>,
) -> core::fmt::Result {
    match message {
        Some(message) => write!(f, "{code}: {message}"),
        None => f.write_str(code),
    }
}
