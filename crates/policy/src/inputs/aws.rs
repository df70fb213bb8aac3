//! `auth` in the input `app-server`: what AWS wants to have signed before it lets a request through to the broker.

use serde::Serialize;

use super::InputProblem;
use super::app_server::{INPUT, only};
use super::mapping::{Mapping, string};
use crate::gate::Node;

/// A signature of AWS before the broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "type", rename = "aws")]
pub struct AwsAuth {
    /// The role that the job assumes.
    pub role_arn: String,
    /// The region of the service.
    pub region: String,
    /// The service that checks the signature.
    pub service: AwsService,
}

/// The services that can stand before a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AwsService {
    /// A function URL.
    Lambda,
    /// API Gateway.
    ExecuteApi,
}

/// What the host of a broker says when AWS gave it its name.
struct Origin<'a> {
    service: AwsService,
    region: &'a str,
}

/// Reads `auth` of the broker at this host. Where the host's own name says region and service, they may be left out, and
/// may not be others.
pub(super) fn read(node: &Node, host: &str) -> Result<AwsAuth, InputProblem> {
    let fields = Mapping::of(node).ok_or_else(|| {
        wrong("`auth` must be a mapping with `type`, `roleArn`, `region`, `service`".to_owned())
    })?;
    only(fields, &["type", "roleArn", "region", "service"], "app-server.auth")?;
    let kind = string(fields, "type")?;
    if kind != "aws" {
        return Err(wrong(format!("`auth.type` must be `aws`, found `{}`", shown(kind))));
    }
    let origin = origin(host);
    let role_arn = string(fields, "roleArn")?.to_owned();
    let partition = partition(&role_arn).ok_or_else(|| {
        let expected =
            "`auth.roleArn` must be the ARN of a role, such as `arn:aws:iam::123456789012:role/NAME`";
        wrong(format!("{expected}, found `{}`", shown(&role_arn)))
    })?;
    let (region, service) = both(region(fields, origin.as_ref()), service(fields, origin.as_ref()))?;
    if partition != partition_of(&region) {
        return Err(wrong(format!(
            "`auth.roleArn` is of the partition `{partition}`, but the region `{region}` is of `{}`",
            partition_of(&region)
        )));
    }
    Ok(AwsAuth { role_arn, region, service })
}

const REGION: &str = "`auth.region` must be a region such as `eu-central-1`";
const SERVICE: &str = "`auth.service` must be `lambda` or `execute-api`";

/// Both values, or what is wrong with both.
fn both<T, U>(one: Result<T, InputProblem>, other: Result<U, InputProblem>) -> Result<(T, U), InputProblem> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(one), Err(other)) => {
            let message = format!("{}; {}", one.message, other.message);
            Err(InputProblem { message, help: one.help.or(other.help), ..one })
        }
        (Err(problem), Ok(_)) | (Ok(_), Err(problem)) => Err(problem),
    }
}

/// A host name that says nothing, and nobody who says it instead.
fn missing(expected: &str) -> InputProblem {
    let help = "only where the URL has a host name that AWS gave, that says region and service";
    wrong(format!("{expected}, found nothing")).with_help(help)
}

fn service(fields: Mapping<'_>, origin: Option<&Origin>) -> Result<AwsService, InputProblem> {
    let written = match (optional(fields, "service")?, origin) {
        (None, Some(origin)) => return Ok(origin.service),
        (None, None) => return Err(missing(SERVICE)),
        (Some(written), _) => written,
    };
    let service = match written {
        "lambda" => AwsService::Lambda,
        "execute-api" => AwsService::ExecuteApi,
        other => {
            return Err(wrong(format!("{SERVICE}, found `{}`", shown(other))));
        }
    };
    match origin {
        Some(origin) if origin.service != service => {
            Err(wrong(format!("`auth.service` is `{written}`, but the URL is of another service")))
        }
        _ => Ok(service),
    }
}

fn region(fields: Mapping<'_>, origin: Option<&Origin>) -> Result<String, InputProblem> {
    let written = match (optional(fields, "region")?, origin) {
        (None, Some(origin)) => origin.region,
        (None, None) => return Err(missing(REGION)),
        (Some(written), _) => written,
    };
    // SECURITY: the region becomes part of the host name that the job's OIDC token is sent to.
    let words: Vec<&str> = written.split('-').collect();
    let is_word = |word: &&str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if words.len() < 3 || written.len() > 32 || !words.iter().all(is_word) {
        return Err(wrong(format!("{REGION}, found `{}`", shown(written))));
    }
    match origin {
        Some(origin) if origin.region != written => Err(wrong(format!(
            "`auth.region` is `{written}`, but the URL is of the region `{}`",
            shown(origin.region)
        ))),
        _ => Ok(written.to_owned()),
    }
}

/// The forms of host names that AWS itself gives: `ID.lambda-url.REGION.on.aws` and
/// `ID.execute-api.REGION.amazonaws.com`, of which China's partition has its own.
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html>,
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html>
fn origin(host: &str) -> Option<Origin<'_>> {
    let labels: Vec<&str> = host.split('.').collect();
    match labels.as_slice() {
        [_, "lambda-url", region, "on", "aws"] => Some(Origin { service: AwsService::Lambda, region }),
        [_, "execute-api", region, "amazonaws", "com"]
        | [_, "execute-api", region, "amazonaws", "com", "cn"] => {
            Some(Origin { service: AwsService::ExecuteApi, region })
        }
        _ => None,
    }
}

/// The partition of a role's ARN; none where it is no role's.
fn partition(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let mut next = || parts.next();
    let (head, partition, service, region, account, name) =
        (next()?, next()?, next()?, next()?, next()?, next()?);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: path and name, 512 and 64 characters.
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() <= 576
            && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
    };
    let is_role = head == "arn"
        && (partition == "aws" || partition.starts_with("aws-"))
        && service == "iam"
        && region.is_empty()
        && is_account
        && name.strip_prefix("role/").is_some_and(is_name);
    is_role.then_some(partition)
}

/// The partition that a region is of.
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
fn partition_of(region: &str) -> &'static str {
    let is_of = |prefix: &str| region.starts_with(prefix);
    match () {
        () if is_of("cn-") => "aws-cn",
        () if is_of("us-gov-") => "aws-us-gov",
        () if is_of("us-iso-") => "aws-iso",
        () if is_of("us-isob-") => "aws-iso-b",
        () if is_of("eu-isoe-") => "aws-iso-e",
        () if is_of("us-isof-") => "aws-iso-f",
        () if is_of("eusc-") => "aws-eusc",
        () => "aws",
    }
}

/// A text that may be left out.
fn optional<'a>(fields: Mapping<'a>, key: &str) -> Result<Option<&'a str>, InputProblem> {
    fields.get(key).map(|_| string(fields, key)).transpose()
}

fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

fn wrong(message: String) -> InputProblem {
    InputProblem::new(INPUT, message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::app_server::read;

    const LAMBDA: &str = "https://x.lambda-url.eu-west-1.on.aws";
    const GATEWAY: &str = "https://x.execute-api.cn-north-1.amazonaws.com.cn/prod";
    const ROLE: &str = "arn:aws:iam::123456789012:role/ci/broker";

    fn auth(url: &str, auth: Value) -> Result<Value, String> {
        let text = json!({"url": url, "auth": auth}).to_string();
        match read(&text) {
            Ok(servers) => Ok(serde_json::to_value(servers[0].auth.as_ref().unwrap()).unwrap()),
            Err(problem) => Err(problem.message),
        }
    }

    #[test]
    fn is_read_as_it_is_written() {
        let written = json!({"type": "aws", "roleArn": ROLE, "region": "eu-west-1", "service": "lambda"});
        assert_eq!(auth(LAMBDA, written.clone()).unwrap(), written);
        assert_eq!(auth("https://broker.example/p", written.clone()).unwrap(), written);
    }

    #[test]
    fn takes_region_and_service_from_a_host_name_of_aws() {
        assert_eq!(
            auth(LAMBDA, json!({"type": "aws", "roleArn": ROLE})).unwrap(),
            json!({"type": "aws", "roleArn": ROLE, "region": "eu-west-1", "service": "lambda"})
        );
        let role = "arn:aws-cn:iam::123456789012:role/broker";
        assert_eq!(
            auth(GATEWAY, json!({"type": "aws", "roleArn": role, "region": null})).unwrap(),
            json!({"type": "aws", "roleArn": role, "region": "cn-north-1", "service": "execute-api"})
        );
    }

    #[test]
    fn needs_them_for_any_other_host() {
        let region = "`auth.region` must be a region such as `eu-central-1`, found nothing";
        let service = "`auth.service` must be `lambda` or `execute-api`, found nothing";
        for (fields, message) in [
            (json!({"service": "lambda"}), region.to_owned()),
            (json!({"region": "eu-west-1"}), service.to_owned()),
            (json!({"service": null}), format!("{region}; {service}")),
            (
                json!({"service": "s3"}),
                format!("{region}; `auth.service` must be `lambda` or `execute-api`, found `s3`"),
            ),
            (
                json!({"region": "x"}),
                format!("`auth.region` must be a region such as `eu-central-1`, found `x`; {service}"),
            ),
            (json!({"service": " ", "region": "eu-west-1"}), "`service` is missing or not a text".to_owned()),
        ] {
            let mut written = json!({"type": "aws", "roleArn": ROLE});
            written.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            let text = json!({"url": "https://broker.example", "auth": written}).to_string();
            let problem = read(&text).unwrap_err();
            let is_missing = message.contains("found nothing");
            assert_eq!((problem.message, problem.help.is_some()), (message, is_missing));
        }
        let text =
            json!({"url": "https://broker.example", "auth": {"type": "aws", "roleArn": ROLE}}).to_string();
        let help = "only where the URL has a host name that AWS gave, that says region and service";
        assert_eq!(read(&text).unwrap_err().help.as_deref(), Some(help));
    }

    #[test]
    fn may_not_contradict_the_url_or_itself() {
        for (key, value, message) in [
            ("region", "us-east-1", "`auth.region` is `us-east-1`, but the URL is of the region `eu-west-1`"),
            ("service", "execute-api", "`auth.service` is `execute-api`, but the URL is of another service"),
            (
                "roleArn",
                "arn:aws-us-gov:iam::123456789012:role/r",
                "`auth.roleArn` is of the partition `aws-us-gov`, but the region `eu-west-1` is of `aws`",
            ),
        ] {
            let mut fields = json!({"type": "aws", "roleArn": ROLE});
            fields[key] = value.into();
            assert_eq!(auth(LAMBDA, fields).unwrap_err(), message);
        }
    }

    #[test]
    fn knows_the_partitions() {
        for (region, partition) in [
            ("us-gov-west-1", "aws-us-gov"),
            ("cn-northwest-1", "aws-cn"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
            ("us-east-1", "aws"),
        ] {
            let role = format!("arn:{partition}:iam::123456789012:role/r");
            let fields = json!({"type": "aws", "roleArn": role, "region": region, "service": "lambda"});
            assert_eq!(auth("https://broker.example", fields.clone()).unwrap(), fields);
        }
    }

    #[test]
    fn refuses_what_is_no_role_and_no_region() {
        for role in [
            "broker",
            "arn:aws:iam::1:role/r",
            "arn:aws:iam::123456789012:user/u",
            "arn:aws:sts::123456789012:role/r",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/a b",
            "arn:awsx:iam::123456789012:role/r",
        ] {
            let found = auth(LAMBDA, json!({"type": "aws", "roleArn": role})).unwrap_err();
            assert!(found.starts_with("`auth.roleArn` must be the ARN of a role"), "{role}: {found}");
        }
        let in_region = |region: &str| {
            let fields = json!({"type": "aws", "roleArn": ROLE, "region": region, "service": "lambda"});
            auth("https://broker.example", fields)
        };
        let longest = format!("eu-west-{}", "1".repeat(24));
        assert_eq!(in_region(&longest).unwrap()["region"], longest);
        let too_long = format!("{longest}1");
        for region in ["eu", "EU-west-1", "eu-west-1.evil.example", "eu--1", "-a-b", "eu-west-1/", &too_long]
        {
            let found = in_region(region).unwrap_err();
            assert!(found.starts_with("`auth.region` must be a region"), "{region}: {found}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (fields, message) in [
            (json!({"type": "gcp"}), "`auth.type` must be `aws`, found `gcp`"),
            (json!({"roleArn": ROLE}), "`type` is missing or not a text"),
            (json!({"type": "aws"}), "`roleArn` is missing or not a text"),
            (
                json!({"type": "aws", "roleArn": ROLE, "service": "s3"}),
                "`auth.service` must be `lambda` or `execute-api`, found `s3`",
            ),
            (json!([]), "`auth` must be a mapping with `type`, `roleArn`, `region`, `service`"),
        ] {
            assert_eq!(auth(LAMBDA, fields).unwrap_err(), message);
        }
        let found = auth(LAMBDA, json!({"type": "aws", "extra": 1})).unwrap_err();
        assert!(found.starts_with("unknown key `extra` in `app-server.auth`"), "{found}");
    }
}
