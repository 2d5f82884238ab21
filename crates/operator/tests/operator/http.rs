//! Requests to a replica.

use std::net::SocketAddr;

use reqwest::{Certificate, Client};

/// Status and body of an answer over plain HTTP; nothing when nobody answers.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    answer(Client::new().get(format!("http://{address}{path}"))).await
}

/// The same over HTTPS, for who trusts this authority alone.
pub(crate) async fn get_trusting(address: SocketAddr, path: &str, authority: &str) -> Option<(u16, String)> {
    let authority = Certificate::from_pem(authority.as_bytes()).unwrap();
    let client = Client::builder().tls_certs_only([authority]).build().unwrap();
    answer(client.get(format!("https://{address}{path}"))).await
}

/// Sends a body.
pub(crate) async fn post(address: SocketAddr, path: &str, body: String) -> Option<(u16, String)> {
    let request = Client::new().post(format!("http://{address}{path}"));
    answer(request.header("content-type", "application/json").body(body)).await
}

async fn answer(request: reqwest::RequestBuilder) -> Option<(u16, String)> {
    let answer = request.send().await.ok()?;
    Some((answer.status().as_u16(), answer.text().await.ok()?))
}
