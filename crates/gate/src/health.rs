use std::sync::OnceLock;

/// Whether decisions may still be made: not once the snapshot may lag behind the store for good.
#[derive(Debug, Default)]
pub(crate) struct Health(OnceLock<String>);

impl Health {
    /// Notes a fault, for ever. The first is kept.
    pub(crate) fn fail(&self, why: &str) {
        drop(self.0.set(why.to_owned()));
    }

    /// What is wrong; the text is for the operator.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}
