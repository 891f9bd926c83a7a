//! Where requests may go. A tenant has one origin for Graph and one for tokens, both from the
//! configuration; nothing a server answers can lead a bearer token anywhere else.

use std::fmt;
use url::{Host, Url};

/// Scheme, host and port that a bearer token may be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    url: Url,
}

/// Why an address is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Not a URL at all.
    #[error("`{address}` is no URL ({reason}); write it as https://graph.microsoft.com")]
    NotAUrl {
        /// What was given.
        address: String,
        /// The parser's word.
        reason: String,
    },
    /// A token would travel in the clear.
    #[error("`{address}` is not https; plain http is accepted only for a loopback IP such as 127.0.0.1")]
    NotHttps {
        /// What was given.
        address: String,
    },
    /// More than scheme, host and port.
    #[error("`{address}` must be scheme, host and port only, without path, query or user")]
    NotBare {
        /// What was given.
        address: String,
    },
    /// A link or path that leaves the origin.
    #[error("the answer leads to `{found}`, which is not below {origin}; it is not followed")]
    Foreign {
        /// Where it leads, without query (queries hold page tokens).
        found: String,
        /// Where requests may go.
        origin: String,
    },
    /// A path that is not one of Graph's.
    #[error("`{path}` is no Graph path; it must start with /v1.0/ or /beta/ and hold no `..`")]
    NotAGraphPath {
        /// What was given.
        path: String,
    },
}

impl Origin {
    /// Accepts https anywhere and http on a loopback IP; `localhost` is a name and may resolve elsewhere.
    pub fn parse(address: &str) -> Result<Self, OriginError> {
        let url = Url::parse(address).map_err(|error| OriginError::NotAUrl {
            address: address.to_owned(),
            reason: error.to_string(),
        })?;
        if !(url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url)) {
            return Err(OriginError::NotHttps { address: address.to_owned() });
        }
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(OriginError::NotBare { address: address.to_owned() });
        }
        Ok(Self { url })
    }

    /// Whether this is the machine itself: no proxy is used for it.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// The URL of a Graph path such as `/v1.0/users?$top=999`.
    ///
    /// Ids inside the path come from the tenant, so the parsed result is checked, not the text.
    pub fn graph_path(&self, path: &str) -> Result<Url, OriginError> {
        let refused = || OriginError::NotAGraphPath { path: path.to_owned() };
        if !(path.starts_with("/v1.0/") || path.starts_with("/beta/")) || climbs(path) {
            return Err(refused());
        }
        let url = self.join(path).ok_or_else(refused)?;
        self.check(&url)?;
        Ok(url)
    }

    /// The URL of any path of this origin that we write ourselves.
    pub(crate) fn own_path(&self, path: &str) -> Result<Url, OriginError> {
        self.join(path).ok_or_else(|| OriginError::NotAGraphPath { path: path.to_owned() })
    }

    /// Accepts an absolute link from an answer (nextLink, deltaLink, Location) if it stays here.
    pub fn link(&self, link: &str) -> Result<Url, OriginError> {
        let url = Url::parse(link).map_err(|error| OriginError::NotAUrl {
            address: without_query(link),
            reason: error.to_string(),
        })?;
        self.check(&url)?;
        Ok(url)
    }

    fn join(&self, path: &str) -> Option<Url> {
        Url::parse(&format!("{}{path}", self.url.as_str().trim_end_matches('/'))).ok()
    }

    fn check(&self, url: &Url) -> Result<(), OriginError> {
        let same = url.scheme() == self.url.scheme()
            && url.host() == self.url.host()
            && url.port_or_known_default() == self.url.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none();
        if same {
            return Ok(());
        }
        Err(OriginError::Foreign { found: without_query(url.as_str()), origin: self.to_string() })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    }
}

/// Dot segments would let an id from the tenant choose another resource.
fn climbs(path: &str) -> bool {
    let bare = path.split(['?', '#']).next().unwrap_or(path);
    path.contains('#')
        || bare.contains('\\')
        || bare.split('/').any(|segment| {
            let plain = segment.to_ascii_lowercase().replace("%2e", ".");
            plain == "." || plain == ".."
        })
}

fn without_query(text: &str) -> String {
    text.split('?').next().unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_addresses_only() {
        assert!(Origin::parse("http://127.0.0.1:8080").is_ok());
        assert!(Origin::parse("http://[::1]:8080").is_ok());
        assert!(Origin::parse("https://graph.microsoft.com").is_ok());
        for wrong in [
            "http://graph.microsoft.com",
            "http://localhost:80",
            "http://127.0.0.1.evil.com",
            "ftp://127.0.0.1",
        ] {
            assert!(matches!(Origin::parse(wrong), Err(OriginError::NotHttps { .. })), "{wrong}");
        }
    }

    #[test]
    fn an_origin_has_no_path_and_no_user() {
        for wrong in ["https://graph.microsoft.com/v1.0", "https://u:p@graph.microsoft.com", "https://g/?a=b"]
        {
            assert!(matches!(Origin::parse(wrong), Err(OriginError::NotBare { .. })), "{wrong}");
        }
    }

    #[test]
    fn links_to_another_scheme_host_port_or_user_are_refused() {
        let origin = Origin::parse("https://graph.microsoft.com").unwrap();
        assert!(origin.link("https://graph.microsoft.com:443/v1.0/users?$skiptoken=x").is_ok());
        assert!(origin.link("https://GRAPH.microsoft.com/v1.0/users").is_ok());
        for wrong in [
            "http://graph.microsoft.com/v1.0/users",
            "https://graph.microsoft.com.evil.com/v1.0/users",
            "https://graph.microsoft.com:8443/v1.0/users",
            "https://graph.microsoft.com@evil.com/v1.0/users",
            "https://me@graph.microsoft.com/v1.0/users",
            "/v1.0/users",
        ] {
            assert!(origin.link(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_refused_link_is_named_without_its_page_token() {
        let origin = Origin::parse("https://graph.microsoft.com").unwrap();
        let refused = origin.link("https://evil.com/v1.0/users?$skiptoken=secret").unwrap_err().to_string();
        assert!(refused.contains("evil.com") && !refused.contains("secret"), "{refused}");
    }

    #[test]
    fn ids_cannot_climb_out_of_their_resource() {
        let origin = Origin::parse("https://graph.microsoft.com").unwrap();
        assert!(origin.graph_path("/v1.0/users/a?$select=id").is_ok());
        for wrong in [
            "/v1.0/users/../groups/1",
            "/v1.0/users/%2e%2E/x",
            "/v1.0/users\\..",
            "/admin",
            "@evil.com/v1.0/",
            "/v1.0/a#b",
        ] {
            assert!(origin.graph_path(wrong).is_err(), "{wrong}");
        }
    }
}
