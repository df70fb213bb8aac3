//! What was measured, as Markdown.

use std::time::Duration;

use crate::situation::{Memory, Situation, Targets};

/// One row of a table.
pub(crate) struct Row {
    situation: Situation,
    /// Shortest first.
    latencies: Vec<Duration>,
    elapsed: Duration,
    costs: Costs,
}

/// What a row took: seconds of CPU, and the most memory that the broker held.
pub(crate) struct Costs {
    pub(crate) broker_cpu: f64,
    pub(crate) github_cpu: f64,
    pub(crate) load_cpu: f64,
    pub(crate) peak_mib: f64,
}

/// How long a broker took from its start.
pub(crate) struct Start {
    /// To the first answer of all.
    pub(crate) first_answer: Duration,
    /// To the first token.
    pub(crate) first_token: Duration,
}

impl Row {
    pub(crate) fn new(
        situation: Situation,
        mut latencies: Vec<Duration>,
        elapsed: Duration,
        costs: Costs,
    ) -> Self {
        latencies.sort_unstable();
        Self { situation, latencies, elapsed, costs }
    }

    fn count(&self) -> f64 {
        f64::from(u32::try_from(self.latencies.len()).unwrap())
    }

    /// Tokens in a second.
    pub(crate) fn rate(&self) -> f64 {
        self.count() / self.elapsed.as_secs_f64()
    }

    /// The latency in ms that so many of 1,000 requests stay under.
    pub(crate) fn permille(&self, share: usize) -> f64 {
        milliseconds(self.latencies[(self.latencies.len() * share / 1000).min(self.latencies.len() - 1)])
    }

    fn per_thousand(&self, seconds: f64) -> f64 {
        seconds / self.count() * 1e3
    }

    fn is(&self, memory: Memory, connections: usize, targets: Targets) -> bool {
        let situation = self.situation;
        situation.memory == memory && situation.connections == connections && situation.targets == targets
    }

    fn cells(&self) -> String {
        let targets = match self.situation.targets {
            Targets::One => "1",
            Targets::OneOfEight => "1 of 8",
            Targets::Eight => "8",
        };
        let Costs { broker_cpu, github_cpu, load_cpu, peak_mib } = &self.costs;
        format!(
            "| {} | {targets} | {:.0} | {:.1} | {:.1} | {:.1} | {:.3} | {:.3} | {:.3} | {peak_mib:.1} |",
            self.situation.connections,
            self.rate(),
            self.permille(500),
            self.permille(990),
            self.permille(999),
            self.per_thousand(*broker_cpu),
            self.per_thousand(*github_cpu),
            self.per_thousand(*load_cpu),
        )
    }
}

/// Everything, table by table.
pub(crate) fn text(starts: &[Start], rows: &[Row]) -> String {
    let mut text = String::new();
    for (memory, title) in [
        (Memory::Warm, "Warm: the broker has seen the owner and the repositories."),
        (Memory::Slow, "Warm, with 50 ms added to each of GitHub's answers."),
        (Memory::Cold, "Cold: each request is for an owner that the broker has never seen."),
    ] {
        let rows: Vec<_> =
            rows.iter().filter(|row| row.situation.memory == memory).map(|row| row.cells() + "\n").collect();
        if !rows.is_empty() {
            text += &format!("{title}\n\n{HEAD}{}\n", rows.concat());
        }
    }
    text + &targets(starts, rows)
}

const HEAD: &str = "\
| connections | repositories | tokens/s | p50 ms | p99 ms | p99.9 ms | CPU s per 1,000 | of GitHub | of the callers | peak MiB |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
";

/// What was aimed at, for the rows that were measured.
fn targets(starts: &[Start], rows: &[Row]) -> String {
    let mut lines = Vec::new();
    let mut line = |what: &str, aim: &str, found: String, is_met: bool| {
        let verdict = if is_met { "yes" } else { "no" };
        lines.push(format!("| {what} | {aim} | {found} | {verdict} |\n"));
    };
    let row = |memory, connections, targets| rows.iter().find(|row| row.is(memory, connections, targets));
    if let Some(row) = row(Memory::Warm, 64, Targets::One) {
        line(
            "tokens/s, warm, 64 connections",
            "at least 5,000",
            format!("{:.0}", row.rate()),
            row.rate() >= 5e3,
        );
        line("p99 there", "under 20 ms", format!("{:.1} ms", row.permille(990)), row.permille(990) < 20.0);
        let cpu = row.per_thousand(row.costs.broker_cpu);
        line("CPU for 1,000 tokens there", "under 0.3 s", format!("{cpu:.3} s"), cpu < 0.3);
    }
    if let (Some(one), Some(many)) =
        (row(Memory::Warm, 1, Targets::One), row(Memory::Warm, 512, Targets::One))
    {
        let times = many.per_thousand(many.costs.broker_cpu) / one.per_thousand(one.costs.broker_cpu);
        line(
            "CPU for a token at 512 connections, over that at 1",
            "no more",
            format!("{times:.2} times"),
            times <= 1.05,
        );
    }
    for (what, most) in
        [("peak memory, up to 64 connections, warm", 64), ("peak memory, all rows", usize::MAX)]
    {
        let counts = |row: &&Row| {
            most > 64 || (row.situation.connections <= most && row.situation.memory == Memory::Warm)
        };
        if let Some(peak) = rows.iter().filter(counts).map(|row| row.costs.peak_mib).max_by(f64::total_cmp) {
            line(what, "under 40 MiB", format!("{peak:.1} MiB"), peak < 40.0);
        }
    }
    if let Some(row) = row(Memory::Slow, 64, Targets::Eight) {
        line(
            "tokens/s, 50 ms added, 64 connections, 8 repositories",
            "at least 400",
            format!("{:.0}", row.rate()),
            row.rate() >= 400.0,
        );
        line("p50 there", "under 160 ms", format!("{:.1} ms", row.permille(500)), row.permille(500) < 160.0);
    }
    let answer = median(starts.iter().map(|start| start.first_answer));
    line(
        "start to first answer, median of all rows",
        "under 20 ms",
        format!("{answer:.1} ms"),
        answer < 20.0,
    );
    let token = median(starts.iter().map(|start| start.first_token));
    lines.push(format!(
        "| start to first token, median of all rows without added time | | {token:.1} ms | |\n"
    ));
    format!("| what | target | measured | met |\n| --- | --- | ---: | --- |\n{}", lines.concat())
}

fn median(times: impl Iterator<Item = Duration>) -> f64 {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().map_or(0.0, milliseconds)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
