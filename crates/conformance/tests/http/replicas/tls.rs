//! A store behind TLS and a password.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use super::*;

const PASSWORD: &str = "a-password-of-the-store";

/// Tells a child where the files of its server are.
const FOLDER: &str = "CONFORMANCE_TLS_FOLDER";

/// A folder with the files of an authority, and of a server that it vouches for.
fn files(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&key).unwrap();
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &issuer).unwrap();
    write("authority.pem", root.pem());
    write("certificate.pem", certificate.pem());
    write("key.pem", key.serialize_pem());
    folder
}

fn file(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

fn server(folder: &Path) -> RedisServer {
    let arguments = [
        ["--port", "0"],
        ["--tls-cert-file", &file(folder, "certificate.pem")],
        ["--tls-key-file", &file(folder, "key.pem")],
        ["--tls-ca-cert-file", &file(folder, "authority.pem")],
        ["--tls-auth-clients", "no"],
        ["--requirepass", PASSWORD],
    ];
    RedisServer::start_with(&format!("rediss://:{PASSWORD}@"), "--tls-port", arguments.as_flattened())
}

#[test]
fn replicas_share_a_store_behind_tls_and_a_password() {
    let files = files("tls");
    let authority = file(&files, "authority.pem");
    let environment = [("SSL_CERT_FILE", authority.as_str()), (FOLDER, files.to_str().unwrap())];
    let name = "tls::replicas_share_a_store_behind_tls_and_a_password";
    let output = in_a_child(name, &environment, async {
        let store = server(Path::new(&env::var_os(FOLDER).unwrap()));
        let replicas = Replicas::start_with(store, |settings| settings).await;
        let token = replicas.token().await;
        assert_eq!(replicas.ask(0, &token).await.status, 200);
        assert_eq!(replicas.ask_until_settled(1, &token).await.status, 401);
    });
    if let Some(output) = output {
        assert!(!output.contains("the store is away"), "{output}");
        assert!(!output.contains(PASSWORD), "{output}");
    }
}

#[test]
fn a_store_with_a_strangers_certificate_is_not_used() {
    let ours = files("tls-ours");
    let authority = file(&ours, "authority.pem");
    let environment = [("SSL_CERT_FILE", authority.as_str())];
    let name = "tls::a_store_with_a_strangers_certificate_is_not_used";
    let output = in_a_child(name, &environment, async {
        let replicas = Replicas::start_with(server(&files("tls-stranger")), |settings| settings).await;
        let token = replicas.token().await;
        assert_eq!(replicas.ask(0, &token).await.status, 200);
        // Each for itself.
        assert_eq!(replicas.ask(1, &token).await.status, 200);
    });
    if let Some(output) = output {
        assert!(output.contains("the store is away"), "{output}");
        assert!(!output.contains(PASSWORD), "{output}");
    }
}
