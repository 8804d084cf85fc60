//! Webhooks: what the store wants told is signed and sent, and tried again until it was taken or is given up.
//!
//! # Invariants
//! * **HK1 signed.** Every message carries id, time and signature as Standard Webhooks has them. The id is that of
//!   the delivery: when a message comes twice, its receiver can tell.
//! * **HK2 by the one door.** Messages go out through [`exward_reach::outbound`] alone: never to this machine or into
//!   the house, unless the options of the server name the network.
//! * **HK3 an end.** A message is sent, or given up with its reason: at once where trying again cannot help, else
//!   after [`ATTEMPTS_MAX`] attempts.

use exward_reach::outbound::{Answer, Outbound, OutboundError, OutboundUrl, WebhookSecret};
use exward_store::StoreError;
use exward_store::store::HeldDelivery;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Duration;

use super::{HOLD, IDLE, Workshop};

/// Messages on their way at once: a receiver that answers late keeps the others waiting only if there are so many.
pub(super) const SENDERS: usize = 4;

/// How often a message is sent before it is given up: the last time a little more than two hours after the first.
const ATTEMPTS_MAX: i64 = 9;

/// How long the second attempt waits; each further one twice as long.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// The longest that a receiver may ask to be left alone.
const ALONE_MAX_S: u64 = 3_600;

/// The status of a receiver that wants nothing more (RFC 9110, 15.5.11).
const GONE: u16 = 410;

/// Why a message was not taken.
struct Untaken {
    why: String,
    /// Whether sending it again may help.
    is_passing: bool,
    /// Seconds that the receiver wants to be left alone.
    alone_s: Option<u64>,
}

impl Untaken {
    fn for_good(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_passing: false, alone_s: None }
    }
}

impl From<OutboundError> for Untaken {
    fn from(error: OutboundError) -> Self {
        Self { why: super::told(&error), is_passing: error.is_passing(), alone_s: None }
    }
}

impl Workshop {
    /// Sends one message that is due; gives how long to wait before the next.
    pub(super) async fn send_one(&self) -> Result<Duration, StoreError> {
        let Some(outbound) = &self.outbound else { return Ok(IDLE) };
        let Some(held) = self.store.claim_delivery(self.now(), HOLD).await? else {
            return Ok(IDLE);
        };
        let sent = send(outbound, &held, self.now()).await;
        let now = self.now();
        let ended = match sent {
            Ok(()) => self.store.delivery_sent(held.claim, now).await,
            Err(untaken) => {
                let again = untaken.is_passing.then(|| again(held.attempts, untaken.alone_s));
                let again = again.flatten().and_then(|after| now.checked_add(after).ok());
                self.store.delivery_failed(held.claim, &untaken.why, again, now).await
            }
        };
        match ended {
            // Somebody else has it by now, or its webhook was disabled meanwhile.
            Err(StoreError::Conflict { .. }) | Ok(()) => Ok(Duration::ZERO),
            Err(error) => Err(error),
        }
    }
}

/// Signs a message and sends it (HK1, HK2).
async fn send(outbound: &Outbound, held: &HeldDelivery, now: Timestamp) -> Result<(), Untaken> {
    let url: OutboundUrl = held.url.parse().map_err(|it| Untaken::for_good(super::told(&it)))?;
    let secret: WebhookSecret =
        held.secret.parse().map_err(|it| Untaken::for_good(super::told(&it)))?;
    let id = format!("msg_{}", held.claim.delivery.0);
    let signed = secret.headers(&id, now, held.body.as_bytes());
    let signed = signed.map_err(|it| Untaken::for_good(super::told(&it)))?;
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(signed.iter().map(|(name, value)| (*name, value.as_str())));
    let answer = outbound.post(&url, &headers, held.body.clone().into_bytes()).await?;
    taken(&answer)
}

fn taken(answer: &Answer) -> Result<(), Untaken> {
    if answer.is_success() {
        return Ok(());
    }
    let said = match &answer.location {
        Some(place) => format!("; it is said to be at {place} now, which is not followed"),
        None => String::new(),
    };
    let why = format!("the receiver answered {}{said}", answer.status);
    let why = crate::plain::line(&why).into_owned();
    Err(Untaken { why, is_passing: answer.status != GONE, alone_s: answer.retry_after_s })
}

/// How long to wait before the next attempt; `None`: it was the last.
fn again(attempts: i64, alone_s: Option<u64>) -> Option<SignedDuration> {
    if attempts >= ATTEMPTS_MAX {
        return None;
    }
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or_default();
    let after = AGAIN_AFTER.checked_mul(2_i32.checked_pow(doublings)?)?;
    let alone = i64::try_from(alone_s.unwrap_or_default().min(ALONE_MAX_S)).unwrap_or_default();
    Some(after.max(SignedDuration::from_secs(alone)))
}

#[cfg(test)]
mod tests;
