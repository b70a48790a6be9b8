//! What operations on reviews are about, and what they are sent.

use serde_json::{Value, json};

use super::World;

/// A review of the listing, and what hangs on it.
#[derive(Clone, Default)]
pub(super) struct Reviewed {
    pub(super) treatment: String,
    /// An invitation that was not used.
    pub(super) token: String,
    pub(super) review: String,
    pub(super) author: String,
    pub(super) report: String,
    pub(super) concern: String,
}

impl World {
    /// Has the listing reviewed, as far as the operation needs it.
    pub(super) async fn review(&self, id: &str) -> Reviewed {
        let (anyone, operator) = (&self.callers[0], &self.callers[1]);
        let (treatment, token) = self.invited().await;
        let written =
            anyone.post(&format!("/v1/review-invitations/{token}"), &review()).await.expect(201).json();
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (review, author) = (word(&written["review"]["id"]), word(&written["author_token"]));
        let path = format!("/v1/reviews/{review}");
        let first = async |list: &str| word(&operator.get(list).await.expect(200).json()["items"][0]["id"]);
        let mut made = Reviewed { treatment, review, author, ..Reviewed::default() };
        match id {
            "dismiss_report" => {
                let body = json!({"reason": "spam", "text": "It is advertising."});
                anyone.post(&format!("{path}/reports"), &body).await.expect(202);
                made.report = first("/v1/review-reports").await;
            }
            "decide_concern" => {
                let path = format!("/v1/practitioners/{}/concerns", self.listing);
                let body = json!({"kind": "untrained", "text": "Nobody ever saw a certificate."});
                anyone.post(&path, &body).await.expect(202);
                made.concern = first("/v1/concerns").await;
            }
            "read_statement" | "appeal_removal" | "decide_appeal" => {
                let body = json!({"reason": "spam", "facts": "It advertises another practitioner."});
                let other = self.app.as_operator_called("another").await;
                other.post(&format!("{path}/removal"), &body).await.expect(200);
                if id == "decide_appeal" {
                    let body = json!({"author_token": made.author, "text": "It does not advertise anybody."});
                    anyone.post(&format!("{path}/appeals"), &body).await.expect(200);
                }
            }
            "read_proof" | "judge_proof" => {
                let body = json!({"author_token": made.author, "kind": "receipt", "text": "Receipt 4711"});
                anyone.post(&format!("{path}/proof"), &body).await.expect(202);
            }
            _ => made.token = self.invited().await.1,
        }
        made
    }

    /// A treatment that was just recorded for a client without e-mail, and the code on their card.
    async fn invited(&self) -> (String, String) {
        let path = format!("/v1/practitioners/{}/treatments", self.listing);
        let made = self.callers[4].post(&path, &treatment()).await.expect(201).json();
        (made["id"].as_str().unwrap().to_owned(), made["card"]["code"].as_str().unwrap().to_owned())
    }

    pub(super) fn review_body(&self, id: &str) -> Option<Value> {
        let author = self.reviewed.lock().unwrap().author.clone();
        Some(match id {
            "submit_review" => review(),
            "start_review" => json!({"email": "client@example.com", "last_session": "2026-05-01"}),
            "withdraw_review" | "read_statement" => json!({"author_token": author}),
            "mark_review_helpful" | "dismiss_report" => json!({}),
            "report_review" => json!({"reason": "spam", "text": "It is advertising."}),
            "send_proof" => json!({"author_token": author, "kind": "receipt", "text": "Receipt 4711"}),
            "appeal_removal" => json!({"author_token": author, "text": "It does not advertise anybody."}),
            "raise_concern" => json!({"kind": "unsafe", "text": "The needles were not new, I saw it."}),
            "record_treatment" => treatment(),
            "add_session" => json!({"on": "2026-06-20"}),
            "reply_to_review" => json!({"text": "Thank you for coming."}),
            "remove_review" => json!({"reason": "spam", "facts": "It advertises another practitioner."}),
            "decide_appeal" => json!({"outcome": "upheld", "findings": "It does, in its second sentence."}),
            "declare_tie" => json!({"why": "I trained them."}),
            "judge_proof" => json!({"accepted": true}),
            "decide_concern" => {
                json!({"outcome": "unfounded", "findings": "The certificate is valid, we checked."})
            }
            _ => return None,
        })
    }
}

fn treatment() -> Value {
    json!({"service": "full-head", "sessions": ["2026-06-01"], "printed_card": true})
}

fn review() -> Value {
    json!({
        "stars": 4, "would_recommend": true, "relationship": "client", "incentive": "none",
        "text": "Calm, clean, and every question was answered before I had finished asking it.",
    })
}
