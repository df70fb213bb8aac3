//! Brokers leave each other the texts of policies.
//!
//! A sandbox gives each token other tags, as GitHub does. Here a fault says that a tag still is the latest, so that the
//! text beside it counts.

use super::*;

const READ: &str = "GET /repos/{owner}/{repo}/contents/{path}";

/// Entries of policies in the store: key and value.
fn entries(replicas: &Replicas) -> Vec<(String, Vec<u8>)> {
    let mut dump = replicas.store.dump();
    dump.retain(|(key, _)| key.contains(":policy-text:"));
    dump
}

/// Waits until there are as many; they are left without keeping anybody waiting.
async fn entries_once_left(replicas: &Replicas, count: usize) -> Vec<(String, Vec<u8>)> {
    for _ in 0..200 {
        if entries(replicas).len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let entries = entries(replicas);
    assert_eq!(entries.len(), count, "{entries:?}");
    entries
}

/// Waits until none of these is there any more.
async fn left_anew(replicas: &Replicas, old: &[(String, Vec<u8>)]) {
    for _ in 0..200 {
        if !entries(replicas).iter().any(|entry| old.contains(entry)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{old:?} is still there");
}

impl Replicas {
    /// Another broker, which has read nothing yet.
    async fn newcomer(&self) -> Broker {
        let redis_url = Some(Secret::new(self.store.url.as_str()));
        self.stage.broker_with(Settings { redis_url, ..self.stage.settings(AUDIENCE) }).await
    }

    /// The status of a newcomer's first answer, when GitHub says that nothing it names has changed.
    async fn first_status_if_unchanged(&self) -> u16 {
        let newcomer = self.newcomer().await;
        let fault = json!({"kind": "status", "status": 304});
        self.stage.fault(&json!({"route": READ, "times": 1000, "fault": fault})).await;
        let answer = self.stage.ask(&newcomer, &self.token().await, &self.scenario["request"]).await;
        self.stage.clear_faults().await;
        answer.status
    }

    fn put(&self, key: &str, value: &[u8]) {
        use redis::Commands as _;
        let mut connection = redis::Client::open(self.store.url.as_str()).unwrap().get_connection().unwrap();
        connection.set::<_, _, ()>(key, value).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_has_read_serves_another_if_it_is_the_latest() {
    let replicas = Replicas::start(|settings| settings).await;
    assert_eq!(replicas.ask(0, &replicas.token().await).await.status, 200);
    for (key, value) in entries_once_left(&replicas, 2).await {
        let text = String::from_utf8_lossy(&value);
        for word in ["origin", "octo-org", "statements", "W/"] {
            assert!(!text.contains(word) && !key.contains(word), "{key}: {text}");
        }
    }
    assert_eq!(replicas.first_status_if_unchanged().await, 200);
    // What is not the latest does not count.
    let mut scenario = replicas.scenario.clone();
    scenario["repository_policies"]["website"] = json!("origin: octo-org/website\n");
    world::set(&replicas.stage, &scenario, &Value::Null).await;
    let newcomer = replicas.newcomer().await;
    let answer = replicas.stage.ask(&newcomer, &replicas.token().await, &scenario["request"]).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_no_broker_has_sealed_for_its_place_is_ignored() {
    let replicas = Replicas::start(|settings| settings).await;
    assert_eq!(replicas.ask(0, &replicas.token().await).await.status, 200);
    let entries = entries_once_left(&replicas, 2).await;
    let [(first, sealed), (second, other)] = &entries[..] else { panic!("{entries:?}") };
    let mut flipped = sealed.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let plain = b"W/\"0a1b\"\norigin: octo-org/website\n".to_vec();
    for forged in
        [flipped, sealed[..sealed.len() - 1].to_vec(), other.clone(), plain, Vec::new(), vec![0; 1 << 20]]
    {
        replicas.put(first, &forged);
        replicas.put(second, other);
        assert_ne!(replicas.first_status_if_unchanged().await, 200);
        // Nobody is kept from what GitHub says.
        replicas.put(first, &forged);
        let newcomer = replicas.newcomer().await;
        let answer =
            replicas.stage.ask(&newcomer, &replicas.token().await, &replicas.scenario["request"]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        // It leaves what it has read, each time with another nonce.
        left_anew(&replicas, &[(first.clone(), forged), (second.clone(), other.clone())]).await;
    }
    // In their places they count.
    replicas.put(first, sealed);
    replicas.put(second, other);
    assert_eq!(replicas.first_status_if_unchanged().await, 200);
}
