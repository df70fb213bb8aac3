//! The table of faults in `docs/broker.md`, which is what the test expects.

use std::fs;
use std::path::Path;

/// A fault on a route, and the answer to it.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) fault: String,
    pub(super) route: String,
    pub(super) answer: Expected,
}

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) status: u16,
    /// The seconds of `retry-after`.
    pub(super) wait: Option<u64>,
}

/// All cells, row by row.
pub(super) fn read() -> Vec<Cell> {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/broker.md");
    let text = fs::read_to_string(document).unwrap();
    let (_, rest) = text.split_once("<!-- table: faults -->").expect("the table's beginning");
    let (table, _) = rest.split_once("<!-- end -->").expect("the table's end");
    let mut rows = table.lines().filter(|line| line.starts_with('|')).map(cells);
    let routes = rows.next().unwrap();
    // The second row is a line.
    rows.skip(1)
        .flat_map(|row| {
            assert_eq!(row.len(), routes.len(), "{row:?}");
            let fault = row[0].clone();
            let answers = routes.iter().zip(row).skip(1);
            answers
                .map(|(route, text)| Cell {
                    fault: fault.clone(),
                    route: route.clone(),
                    answer: expected(&text),
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// `granted`, a status, or a status with the seconds to wait: `503, 5 s`.
fn expected(text: &str) -> Expected {
    if text == "granted" {
        return Expected { status: 200, wait: None };
    }
    let (status, wait) = text.split_once(", ").map_or((text, None), |(status, wait)| (status, Some(wait)));
    let seconds = |wait: &str| wait.strip_suffix(" s").and_then(|wait| wait.parse().ok());
    Expected {
        status: status.parse().unwrap_or_else(|_| panic!("`{text}` is no answer")),
        wait: wait.map(|wait| seconds(wait).unwrap_or_else(|| panic!("`{text}` is no answer"))),
    }
}

#[test]
fn every_fault_and_every_route_has_its_cell() {
    let cells = read();
    for fault in super::kinds::FAULTS {
        for route in super::kinds::ROUTES {
            let is_it = |cell: &&Cell| cell.fault == fault && cell.route == route;
            assert_eq!(cells.iter().filter(is_it).count(), 1, "{fault} × {route}");
        }
    }
    assert_eq!(cells.len(), super::kinds::FAULTS.len() * super::kinds::ROUTES.len());
}
