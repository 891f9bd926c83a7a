//! A tenant that speaks Microsoft Graph.
