//! A real server of the Redis protocol: Debian's `redis-server`, on a free port of the loopback.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use redis::Commands as _;

/// How many ports are tried; between finding a free one and taking it, somebody else may.
const TRIES: usize = 10;

/// A server with an empty database; it ends with its owner.
pub(crate) struct RedisServer {
    pub(crate) url: String,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts a server.
    pub(crate) fn start() -> Self {
        Self::start_with("redis://", "--port", &[])
    }

    /// A place for a server.
    pub(crate) fn none() -> Self {
        Self { url: String::new(), arguments: Vec::new(), child: None }
    }

    /// Starts a server that is reached by a URL that begins like this, listens where this argument says, and has
    /// these other arguments.
    pub(crate) fn start_with(url: &str, listen: &str, others: &[&str]) -> Self {
        for _ in 0..TRIES {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let listen = [listen.to_owned(), port.to_string()];
            let arguments = listen.into_iter().chain(others.iter().map(ToString::to_string)).collect();
            let mut server = Self { url: format!("{url}127.0.0.1:{port}"), arguments, child: None };
            if server.try_start() {
                return server;
            }
        }
        panic!("`redis-server` did not start on any of {TRIES} ports");
    }

    /// Starts it again on the same port, with an empty database.
    pub(crate) fn start_again(&mut self) {
        assert!(self.child.is_none(), "it is running");
        assert!(self.try_start(), "the port of {} is taken by now", self.url);
    }

    fn try_start(&mut self) -> bool {
        let mut child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"])
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test needs `redis-server`: install it with `apt-get install redis-server`");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let is_ready = lines.by_ref().any(|line| line.unwrap().contains("Ready to accept connections"));
        // The rest is read and dropped, so that it never waits for somebody to take it.
        std::thread::spawn(move || lines.count());
        self.child = Some(child);
        if !is_ready {
            self.kill();
        }
        is_ready
    }

    /// Ends it without a word.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Sends it a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Makes it the replica of a server that is not there: it keeps what it has, and is read-only.
    pub(crate) fn demote(&self) {
        let order: String =
            redis::cmd("REPLICAOF").arg("127.0.0.1").arg(1).query(&mut self.connection()).unwrap();
        assert_eq!(order, "OK");
    }

    /// Makes it a server again that takes what is written.
    pub(crate) fn promote(&self) {
        let order: String =
            redis::cmd("REPLICAOF").arg("NO").arg("ONE").query(&mut self.connection()).unwrap();
        assert_eq!(order, "OK");
    }

    /// For how many seconds a key still is there.
    pub(crate) fn life(&self, key: &str) -> i64 {
        self.connection().ttl(key).unwrap()
    }

    fn connection(&self) -> redis::Connection {
        redis::Client::open(self.url.as_str()).unwrap().get_connection().unwrap()
    }

    /// Everything that is in it: keys and values.
    pub(crate) fn dump(&self) -> Vec<(String, Vec<u8>)> {
        let mut connection = self.connection();
        let keys: Vec<String> = connection.scan().unwrap().map(Result::unwrap).collect();
        // What has expired in between has no value.
        let value = |key: &String| connection.get::<_, Option<Vec<u8>>>(key).unwrap();
        let values: Vec<_> = keys.iter().map(value).collect();
        keys.into_iter().zip(values).filter_map(|(key, value)| Some((key, value?))).collect()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
