//! What a writing process says it does, line by line. It writes each line before it goes on, so that whoever reads
//! them after its death knows what it had been promised.

use std::{
    io::{self, BufRead, Write},
    str::FromStr,
};

/// What happened to the attempt of a writer with this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// It is about to be sent.
    Tried,
    /// It was answered with this revision.
    Acknowledged(u64),
    /// It was answered that nothing was written.
    Void,
    /// It was answered that nobody knows.
    Unknown,
}

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) writer: u8,
    pub(crate) number: u64,
    pub(crate) event: Event,
}

impl Report {
    /// Writes the line, at once and in one piece.
    pub(crate) fn say(self) -> io::Result<()> {
        let Self { writer, number, event } = self;
        let line = match event {
            Event::Tried => format!("tried {writer} {number} 0\n"),
            Event::Acknowledged(revision) => format!("acknowledged {writer} {number} {revision}\n"),
            Event::Void => format!("void {writer} {number} 0\n"),
            Event::Unknown => format!("unknown {writer} {number} 0\n"),
        };
        let mut out = io::stdout().lock();
        out.write_all(line.as_bytes())?;
        out.flush()
    }
}

impl FromStr for Report {
    type Err = Box<dyn std::error::Error + Send + Sync>;
    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let [word, writer, number, revision] =
            line.split(' ').collect::<Vec<_>>().try_into().map_err(|_| line)?;
        let event = match word {
            "tried" => Event::Tried,
            "acknowledged" => Event::Acknowledged(revision.parse()?),
            "void" => Event::Void,
            "unknown" => Event::Unknown,
            _ => return Err(line.into()),
        };
        Ok(Self { writer: writer.parse()?, number: number.parse()?, event })
    }
}

/// All whole lines.
pub(crate) fn read(from: impl BufRead) -> Result<Vec<Report>, Box<dyn std::error::Error + Send + Sync>> {
    from.lines().map(|line| line?.parse()).collect()
}
