//! Where the `aws` command line finds credentials, Region and endpoint: the environment, then the profile's section of the
//! shared-credentials file, then that of the configuration file.

use super::Credentials;
use crate::failure::{Failure, Kind};
use configparser::ini::{Ini, IniDefault};
use gatekey_sigv4::SecretAccessKey;
use gatekey_types::Region;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Reads a variable of the environment.
type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

/// Longest file that is read, in bytes.
const LONGEST: u64 = 4 << 20;

/// A profile, with the environment that goes before it.
pub(crate) struct Profile<'e> {
    name: String,
    /// Whether it was asked for on the command line: then the environment's credentials do not count.
    is_asked_for: bool,
    environment: Environment<'e>,
    credentials: Section,
    config: Section,
}

/// A section of a file: nothing where there is none.
#[derive(Default)]
struct Section(Vec<(String, String)>);

impl Section {
    fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    }
}

impl<'e> Profile<'e> {
    /// Finds the profile of this name, or the usual one.
    ///
    /// # Errors
    /// A file cannot be read, or has no such profile though one was asked for.
    pub(crate) fn find(asked: Option<&str>, environment: Environment<'e>) -> Result<Self, Failure> {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let named = asked.map(str::to_owned).or(set("AWS_PROFILE")).or(set("AWS_DEFAULT_PROFILE"));
        let name = named.clone().unwrap_or_else(|| "default".to_owned());
        let file = |variable: &str, usual: &str| {
            let home = || set("HOME").map(|home| Path::new(&home).join(".aws").join(usual));
            set(variable).map(PathBuf::from).or_else(home)
        };
        let credentials = file("AWS_SHARED_CREDENTIALS_FILE", "credentials");
        let config = file("AWS_CONFIG_FILE", "config");
        let in_config = if name == "default" { name.clone() } else { format!("profile {name}") };
        let credentials = section(credentials.as_deref(), &name)?;
        let config = section(config.as_deref(), &in_config)?;
        if named.is_some() && credentials.is_none() && config.is_none() {
            let message =
                format!("there is no profile '{name}' in the AWS credentials and configuration files");
            return Err(Failure::new(Kind::Input, message));
        }
        let (credentials, config) = (credentials.unwrap_or_default(), config.unwrap_or_default());
        Ok(Self { name, is_asked_for: asked.is_some(), environment, credentials, config })
    }

    fn set(&self, variable: &str) -> Option<String> {
        (self.environment)(variable).filter(|value| !value.is_empty())
    }

    fn get(&self, name: &str) -> Option<String> {
        self.credentials.get(name).or_else(|| self.config.get(name)).filter(|value| !value.is_empty())
    }

    /// The Region to ask in.
    ///
    /// # Errors
    /// None is named anywhere, or it is none.
    pub(crate) fn region(&self, asked: Option<&str>) -> Result<Region, Failure> {
        let named = asked
            .map(str::to_owned)
            .or_else(|| self.set("AWS_REGION"))
            .or_else(|| self.set("AWS_DEFAULT_REGION"))
            .or_else(|| self.get("region"));
        let Some(named) = named else {
            return Err(Failure::new(Kind::Input, "no Region is named")
                .hint("name one with --region, AWS_REGION, or `region` in the profile"));
        };
        named.parse().map_err(|_| Failure::new(Kind::Input, format!("'{named}' is not the name of a Region")))
    }

    /// Where the server is.
    ///
    /// # Errors
    /// It is said nowhere.
    pub(crate) fn endpoint(&self, asked: Option<&str>) -> Result<String, Failure> {
        asked
            .map(str::to_owned)
            .or_else(|| self.set("AWS_ENDPOINT_URL"))
            .or_else(|| self.get("endpoint_url"))
            .ok_or_else(|| {
                Failure::new(Kind::Input, "it is not said where the server is")
                    .hint("say so with --endpoint-url, AWS_ENDPOINT_URL, or `endpoint_url` in the profile")
            })
    }

    /// The file of certificates to trust, if not the system's.
    pub(crate) fn ca_bundle(&self, asked: Option<&Path>) -> Option<PathBuf> {
        asked
            .map(Path::to_owned)
            .or_else(|| self.set("AWS_CA_BUNDLE").map(PathBuf::from))
            .or_else(|| self.get("ca_bundle").map(PathBuf::from))
    }

    /// The credentials: the environment's, unless a profile was asked for on the command line; then the profile's.
    ///
    /// # Errors
    /// There are none, or they are of a kind that only AWS's own tools can fetch.
    pub(crate) fn credentials(&self) -> Result<Credentials, Failure> {
        let variable = |name: &str| self.set(name).filter(|_| !self.is_asked_for);
        if let Some(id) = variable("AWS_ACCESS_KEY_ID") {
            let token = self.set("AWS_SESSION_TOKEN");
            return held(id, self.set("AWS_SECRET_ACCESS_KEY"), token, "the environment");
        }
        let place = format!("the profile '{}'", self.name);
        if let Some(id) = self.get("aws_access_key_id") {
            return held(id, self.get("aws_secret_access_key"), self.get("aws_session_token"), &place);
        }
        let fetched = ["role_arn", "sso_session", "sso_start_url", "credential_process", "login_session"];
        let message = match fetched.iter().find(|name| self.get(name).is_some()) {
            Some(how) => format!("{place} gets its credentials by {how}, which this command does not do"),
            None => format!("there are no credentials in the environment and in {place}"),
        };
        let hint =
            format!("run: eval \"$(aws configure export-credentials --profile {} --format env)\"", self.name);
        Err(Failure::new(Kind::Input, message).hint(hint))
    }
}

fn held(
    access_key_id: String,
    secret: Option<String>,
    session_token: Option<String>,
    place: &str,
) -> Result<Credentials, Failure> {
    let Some(secret) = secret else {
        let message = format!("{place} has the id of an access key, and not its secret");
        return Err(Failure::new(Kind::Input, message));
    };
    Ok(Credentials { access_key_id, secret: SecretAccessKey::new(secret), session_token })
}

/// The section of a file; nothing where the file or the section is missing.
fn section(path: Option<&Path>, name: &str) -> Result<Option<Section>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let failed = |why: String| Failure::new(Kind::Input, format!("cannot read {}: {why}", path.display()));
    let text = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(about) if about.len() > LONGEST => return Err(failed("it is too long".to_owned())),
        _ => fs::read_to_string(path).map_err(|error| failed(error.to_string()))?,
    };
    read(&text, name).map_err(failed)
}

fn read(text: &str, name: &str) -> Result<Option<Section>, String> {
    let mut defaults = IniDefault::default();
    defaults.case_sensitive = true;
    defaults.delimiters = vec!['='];
    defaults.comment_symbols = vec!['#', ';'];
    // Only a line of its own is a comment: secrets and addresses may hold such characters.
    defaults.inline_comment_symbols = Some(Vec::new());
    let mut file = Ini::new_from_defaults(defaults);
    let mut sections = file.read(text.to_owned())?;
    let found = sections.remove(name);
    Ok(found
        .map(|section| Section(section.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "# a comment\n[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s/ec+r;et=\n\
                               region = us-east-1\n\n[ops]\naws_access_key_id=AKIAOPS\naws_secret_access_key=o\n\
                               aws_session_token=t\n[half]\naws_access_key_id = AKIAHALF\n";
    const CONFIG: &str = "[default]\nregion = eu-west-1\n[profile ops]\nregion = eu-central-1\n\
                          endpoint_url = https://kms.test:4599\nca_bundle = /ca.pem\ns3 =\n  max_queue_size = 1\n\
                          [profile sso]\nsso_session = corp\n";

    /// With these files and variables.
    fn with<T>(
        variables: &[(&str, &str)],
        asked: Option<&str>,
        look: impl FnOnce(Result<Profile<'_>, Failure>) -> T,
    ) -> T {
        let folder = tempfile::tempdir().unwrap();
        let (credentials, config) = (folder.path().join("credentials"), folder.path().join("config"));
        fs::write(&credentials, CREDENTIALS).unwrap();
        fs::write(&config, CONFIG).unwrap();
        let environment = |name: &str| match name {
            "AWS_SHARED_CREDENTIALS_FILE" => Some(credentials.display().to_string()),
            "AWS_CONFIG_FILE" => Some(config.display().to_string()),
            name => variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
        };
        look(Profile::find(asked, &environment))
    }

    #[test]
    fn the_default_profile_is_taken_where_none_is_named() {
        with(&[], None, |profile| {
            let profile = profile.unwrap();
            let credentials = profile.credentials().unwrap();
            assert_eq!(credentials.access_key_id, "AKIADEFAULT");
            assert_eq!(credentials.secret.expose(), b"s/ec+r;et=");
            assert_eq!(profile.region(None).unwrap().as_str(), "us-east-1");
            assert!(profile.endpoint(None).is_err());
        });
    }

    #[test]
    fn the_environment_goes_before_a_profile_that_it_names_itself_but_not_before_one_that_was_asked_for() {
        let variables = [
            ("AWS_ACCESS_KEY_ID", "AKIAENV"),
            ("AWS_SECRET_ACCESS_KEY", "e"),
            ("AWS_PROFILE", "ops"),
            ("AWS_REGION", "ap-south-1"),
        ];
        with(&variables, None, |profile| {
            let profile = profile.unwrap();
            assert_eq!(profile.credentials().unwrap().access_key_id, "AKIAENV");
            assert_eq!(profile.region(None).unwrap().as_str(), "ap-south-1");
            assert_eq!(profile.endpoint(None).unwrap(), "https://kms.test:4599");
            assert_eq!(profile.ca_bundle(None).unwrap(), Path::new("/ca.pem"));
        });
        with(&variables, Some("ops"), |profile| {
            let credentials = profile.unwrap().credentials().unwrap();
            assert_eq!(credentials.access_key_id, "AKIAOPS");
            assert_eq!(credentials.session_token.as_deref(), Some("t"));
        });
    }

    #[test]
    fn what_is_missing_is_named() {
        let told = |asked| {
            with(&[], Some(asked), |profile| {
                profile.and_then(|profile| profile.credentials().map(|_| ())).unwrap_err().to_string()
            })
        };
        assert!(told("nobody").contains("'nobody'"));
        assert!(told("half").contains("not its secret"));
        assert!(told("sso").contains("sso_session") && told("sso").contains("export-credentials"));
    }

    #[test]
    fn no_files_and_no_variables_are_no_credentials() {
        let nothing = |_: &str| None;
        let profile = Profile::find(None, &nothing).unwrap();
        assert!(profile.credentials().is_err() && profile.region(None).is_err());
    }
}
