//! A mail server that says what a test wants it to: the real ones cannot be made to fail on purpose.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How a connection goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mood {
    /// The letter is taken.
    Takes,
    /// The recipient is refused for now (451).
    Later,
    /// The recipient is refused for good (550).
    Refuses,
    /// The connection ends in the middle of the letter.
    HangsUp,
}

/// What was said to the server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// Commands, in order, over all connections.
    pub(crate) commands: Vec<String>,
    /// Letters taken, dots unstuffed.
    pub(crate) letters: Vec<String>,
}

/// The server, listening on loopback until the test ends.
pub(crate) struct MailServer {
    pub(crate) port: u16,
    heard: Arc<Mutex<Heard>>,
}

impl MailServer {
    /// Starts one whose connections go like this, one after the other; further ones are taken.
    pub(crate) async fn start(moods: &'static [Mood]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let (shared, mut moods) = (heard.clone(), moods.iter().copied());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = converse(stream, moods.next().unwrap_or(Mood::Takes), &shared).await;
            }
        });
        Self { port, heard }
    }

    pub(crate) fn heard(&self) -> Heard {
        self.heard.lock().expect("nobody panicked").clone()
    }
}

async fn converse(stream: TcpStream, mood: Mood, heard: &Mutex<Heard>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 test ready\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_owned();
        heard.lock().expect("nobody panicked").commands.push(command.clone());
        let word = command.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let reply = match (word.as_str(), mood) {
            ("EHLO", _) => "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n",
            ("AUTH", _) => "235 welcome\r\n",
            ("RCPT", Mood::Later) => "451 ann@example.com is busy\r\n",
            ("RCPT", Mood::Refuses) => "550 there is no ann@example.com\r\n",
            ("DATA", _) => "354 go on\r\n",
            ("QUIT", _) => "221 bye\r\n",
            _ => "250 fine\r\n",
        };
        stream.write_all(reply.as_bytes()).await?;
        if word == "QUIT" {
            return Ok(());
        }
        if word != "DATA" {
            continue;
        }
        let mut letter = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 || matches!(mood, Mood::HangsUp) {
                return Ok(());
            }
            match line.as_str() {
                ".\r\n" => break,
                text => letter.push_str(text.strip_prefix('.').unwrap_or(text)),
            }
        }
        heard.lock().expect("nobody panicked").letters.push(letter);
        stream.write_all(b"250 taken\r\n").await?;
    }
}
