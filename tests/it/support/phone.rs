//! A worker's phone: its key, what it signs to claim a code, and the code it shows.

use anpei::codes::presentation::{self, Challenge, Presentation};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Client;

pub struct Phone(EcdsaKeyPair);

impl Phone {
    pub fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn key(&self) -> [u8; 33] {
        presentation::holder_key(self.0.public_key().as_ref()).unwrap()
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signed = self.0.sign(&SystemRandom::new(), message).unwrap();
        signed.as_ref().try_into().unwrap()
    }

    /// What the phone sends to complete a claim that was begun.
    pub fn proof(&self, begun: &Value) -> Value {
        let nonce = BASE64.decode(begun["nonce"].as_str().unwrap()).unwrap();
        let signed = self.sign(&presentation::claim_message(&nonce, &self.key()));
        json!({
            "holder_key": BASE64.encode(self.0.public_key().as_ref()),
            "signature": BASE64.encode(signed),
        })
    }

    /// Completes a claim; the status and the answer.
    pub async fn complete(&self, by: &Client, begun: &Value) -> (StatusCode, Value) {
        let path = format!("/v1/codes/claims/{}/proof", begun["id"].as_str().unwrap());
        by.post(&path, &self.proof(begun)).await
    }

    /// Claims a code from begin to end.
    pub async fn claim(&self, by: &Client, told: &Value) -> Value {
        let begun = by.make("/v1/codes/claims", told).await;
        let (status, code) = self.complete(by, &begun).await;
        assert_eq!(status, StatusCode::OK, "{code}");
        code
    }

    /// The text of the code on the screen at an instant, in seconds since 1970.
    pub fn show(&self, code: &Value, t: i64, challenge: Option<Challenge>) -> String {
        let credential = BASE64.decode(code["credential"].as_str().unwrap()).unwrap();
        let proof = self.sign(&presentation::message(&credential, t, challenge));
        let shown = Presentation {
            credential,
            t,
            proof,
            challenge,
        };
        presentation::text(code["host"].as_str().unwrap(), &shown.encode())
    }
}

/// The code as it is printed.
pub fn printed(code: &Value) -> String {
    let credential = BASE64.decode(code["credential"].as_str().unwrap()).unwrap();
    presentation::text(code["host"].as_str().unwrap(), &credential)
}
