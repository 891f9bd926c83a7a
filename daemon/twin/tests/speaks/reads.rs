//! Reads: pages, selection, filters, expansion, counts, errors.

use crate::support::{Client, READER, contoso};

#[tokio::test]
async fn users_come_in_pages_with_absolute_links() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    let mut seen = Vec::new();
    let mut next = Some(format!("{}/v1.0//users?$select=id,signInActivity&$top=40", client.base));
    while let Some(url) = next.take() {
        let page = client.get(&url).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.rows().len() <= 40);
        seen.extend(page.rows().iter().map(|row| row["id"].to_string()));
        next = page.body["@odata.nextLink"].as_str().map(str::to_owned);
        if let Some(url) = &next {
            assert!(url.starts_with(&client.base) && url.contains("$skiptoken="), "{url}");
        }
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((count, seen.len()), (300, 300));
}
