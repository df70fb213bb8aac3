use std::fs;
use std::path::PathBuf;

use axum::http::{HeaderMap, HeaderName};
use metrics::with_local_recorder;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::Value;

use super::*;
use crate::record::Facts;
use crate::request_id::RequestId;

/// A folder of its own, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("access-token-audit-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn request_id(text: &str) -> RequestId {
    let name = HeaderName::from_static("x-request-id");
    RequestId::of(&HeaderMap::from_iter([(name.clone(), text.parse().unwrap())]), &name)
}

/// Starts an audit log at this path, with the metrics that it counts.
fn start(path: &std::path::Path) -> (Audit, PrometheusHandle) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let sink = Sink::open(path.to_str().unwrap()).unwrap().unwrap();
    let audit = with_local_recorder(&recorder, || Audit::start(sink)).unwrap();
    (audit, recorder.handle())
}

async fn write(audit: &Audit, ids: &[&str]) {
    for id in ids {
        let (id, facts) = (request_id(id), Facts::default());
        let place = audit.place().await;
        audit.write(&Event::of("/access_tokens", &id, &facts), place);
    }
    audit.finish().await;
}

/// The request ids of the events in a file.
fn ids(path: &std::path::Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["data"]["request_id"].clone();
    text.lines().map(|line| id(line).as_str().unwrap().to_owned()).collect()
}

fn count(handle: &PrometheusHandle, result: &str) -> String {
    let beginning = format!("access_token_audit_events_total{{result=\"{result}\"}} ");
    let text = handle.render();
    text.lines().find_map(|line| line.strip_prefix(&beginning)).unwrap_or("none").to_owned()
}

#[test]
fn the_setting_is_off_standard_output_or_a_path() {
    assert!(Sink::open("off").unwrap().is_none() && Sink::open(" ").unwrap().is_none());
    assert!(matches!(Sink::open("stdout"), Ok(Some(Sink::Stdout))));
    let error = Sink::open("/nonexistent/audit.log").err().unwrap().to_string();
    assert!(error.starts_with("AUDIT_LOG: `/nonexistent/audit.log` cannot be written: "), "{error}");
}

#[tokio::test]
async fn events_are_appended_a_line_each() {
    let folder = Folder::new("append");
    let path = folder.file("audit.log");
    for part in [["a", "b"], ["c", "d"]] {
        let (audit, metrics) = start(&path);
        write(&audit, &part).await;
        assert_eq!((count(&metrics, "written").as_str(), count(&metrics, "lost").as_str()), ("2", "0"));
    }
    assert_eq!(ids(&path), ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn a_file_that_was_moved_away_is_begun_anew() {
    let folder = Folder::new("rotate");
    let (path, old) = (folder.file("audit.log"), folder.file("audit.log.1"));
    let (audit, _) = start(&path);
    write(&audit, &["a"]).await;
    fs::rename(&path, &old).unwrap();
    write(&audit, &["b", "c"]).await;
    fs::remove_file(&path).unwrap();
    write(&audit, &["d"]).await;
    assert_eq!((ids(&old), ids(&path)), (vec!["a".to_owned()], vec!["d".to_owned()]));
}

#[tokio::test]
async fn what_cannot_be_written_is_counted_as_lost() {
    let folder = Folder::new("lost");
    let path = folder.file("audit.log");
    let (audit, metrics) = start(&path);
    fs::remove_dir_all(&folder.0).unwrap();
    write(&audit, &["a"]).await;
    assert_eq!((count(&metrics, "written").as_str(), count(&metrics, "lost").as_str()), ("0", "1"));
    // It goes on once that is possible again, on a line of its own.
    fs::create_dir_all(&folder.0).unwrap();
    write(&audit, &["b"]).await;
    assert_eq!(fs::read_to_string(&path).unwrap().trim_start().lines().count(), 1);
    assert_eq!(count(&metrics, "written"), "1");
}

/// An audit log whose events nobody writes before a test does.
fn stalled() -> (Audit, std::sync::mpsc::Receiver<Order>) {
    let (orders, queue) = channel();
    (Audit { orders, tally: Arc::new(Tally::new()), places: Arc::new(Semaphore::new(QUEUE)) }, queue)
}

/// As many places as there are.
async fn all_places(audit: &Audit) -> Vec<Place> {
    let mut places = Vec::new();
    while audit.places.available_permits() >= usize::try_from(PLACE).unwrap() {
        places.push(audit.place().await);
    }
    places
}

#[tokio::test(start_paused = true)]
async fn who_has_a_place_is_heard_and_who_has_none_waits() {
    let (audit, queue) = stalled();
    let places = all_places(&audit).await;
    assert_eq!(places.len(), 8192);
    for place in places {
        let (id, facts) = (request_id("a"), Facts::default());
        audit.write(&Event::of("/access_tokens", &id, &facts), place);
    }
    assert!(timeout(Duration::from_secs(600), audit.place()).await.is_err());
    // All of them are there to be written, and when one is, another may come.
    let first = queue.recv().unwrap();
    assert!(matches!(&first, Order::Write(line, _) if line.ends_with(b"\n")));
    assert!(timeout(Duration::from_secs(600), audit.place()).await.is_err());
    drop(first);
    let _place = audit.place().await;
    assert_eq!(queue.try_iter().count(), 8191);
}

#[tokio::test(start_paused = true)]
async fn a_long_event_takes_the_room_of_many_if_it_is_there() {
    let (audit, queue) = stalled();
    let (id, mut facts) = (request_id("a"), Facts::default());
    facts.reason = Some("x".repeat(100 * 1024));
    let write = |place| audit.write(&Event::of("/access_tokens", &id, &facts), place);
    // Others have all but the room for a long one and a short one.
    let others = u32::try_from(QUEUE).unwrap() - 102;
    let others = Arc::clone(&audit.places).acquire_many_owned(others).await.unwrap();
    write(audit.place().await);
    assert_eq!(audit.places.available_permits(), 2);
    // Whoever has begun is heard, and nobody begins before there is room.
    write(audit.place().await);
    assert!(timeout(Duration::from_secs(600), audit.place()).await.is_err());
    assert_eq!(queue.try_iter().count(), 2);
    drop(others);
    assert_eq!(audit.places.available_permits(), QUEUE);
}

#[test]
fn every_event_has_an_id_of_its_own() {
    let (id, facts) = (request_id("same"), Facts::default());
    let event = || serde_json::to_value(Event::of("/access_tokens", &id, &facts)).unwrap();
    let (first, second) = (event(), event());
    assert_ne!(first["id"], second["id"]);
    assert_eq!(first["data"]["request_id"], "same");
    // What was never answered is our bug.
    assert_eq!(
        (&first["type"], &first["data"]["status"]),
        (&"access-token.exchange.failed".into(), &500.into())
    );
}
