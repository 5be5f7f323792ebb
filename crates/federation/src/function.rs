//! Functions behind HTTPS: one POST with the event, which must be answered with 200 in time.

use crate::{Reach, discovery::secure, fetch::send, trust};
use bytes::Bytes;
use gatekey_gate::{FunctionFault, IssuerFault};
use rustls::RootCertStore;
use std::{sync::Arc, time::Duration};

/// How long a call may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// The way to functions over the network.
pub struct HttpsFunctions {
    roots: Arc<RootCertStore>,
}

impl Default for HttpsFunctions {
    /// Trusts the system's certificate authorities, which are read once, now.
    fn default() -> Self {
        Self { roots: Arc::new(trust::system()) }
    }
}

impl HttpsFunctions {
    /// Calls a function with this event. What it answers is of no interest, but for its status.
    ///
    /// # Errors
    /// It is at an address that may not be asked, is not trusted, was too slow, or did not answer 200.
    pub async fn call(&self, url: &str, event: &str, reach: Reach) -> Result<(), FunctionFault> {
        let asked = async {
            let tls = trust::client(&self.roots, &[])?;
            send(&secure(url)?, Bytes::copy_from_slice(event.as_bytes()), reach, &tls).await
        };
        match tokio::time::timeout(DEADLINE, asked).await {
            Ok(outcome) => outcome.map(drop).map_err(told),
            Err(_) => Err(FunctionFault("it took longer than 60 seconds".into())),
        }
    }
}

fn told(fault: IssuerFault) -> FunctionFault {
    let (IssuerFault::Unreachable(text) | IssuerFault::Untrusted(text) | IssuerFault::Useless(text)) = fault;
    FunctionFault(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_function_at_an_address_that_may_not_be_asked_is_not_called() {
        let functions = HttpsFunctions::default();
        let refused = async |url: &str, reach| functions.call(url, "{}", reach).await.unwrap_err().0;
        assert!(refused("https://127.0.0.1:9/", Reach::Public).await.contains("a loopback address"));
        assert!(refused("https://169.254.169.254/", Reach::Private).await.contains("metadata"));
        assert!(refused("http://example.com/", Reach::Public).await.contains("is not an HTTPS URL"));
    }
}
