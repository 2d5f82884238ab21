//! One client's connection: reading its requests, passing them on, passing the answers back.

use std::io::{BufReader, Write, sink};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result};

use super::faults::{Limited, canned_answer, reset, slow_down};
use super::state::{Registered, State};
use super::{Fault, RequestRecord};
use crate::http::{Framing, Head, copy_body};

pub(super) struct Connection<'a> {
    client: &'a TcpStream,
    from_client: BufReader<&'a TcpStream>,
    server: Option<Server>,
    upstream: SocketAddr,
    state: &'a Arc<State>,
}

/// The way to the server that belongs to this client alone.
struct Server {
    stream: TcpStream,
    from: BufReader<TcpStream>,
    _registered: Registered,
}

/// Whether the client may send another request on its connection.
type KeepAlive = bool;

/// What becomes of an answer.
enum Fate {
    Pass,
    Truncate(u64),
    Drop,
}

impl<'a> Connection<'a> {
    pub(super) fn new(client: &'a TcpStream, upstream: SocketAddr, state: &'a Arc<State>) -> Self {
        Self { client, from_client: BufReader::new(client), server: None, upstream, state }
    }

    /// Serves requests until one side has had enough.
    pub(super) fn run(mut self) -> Result<()> {
        self.client.set_nodelay(true)?;
        while let Some(head) = Head::read(&mut self.from_client)? {
            if !self.exchange(&head)? {
                break;
            }
        }
        Ok(())
    }

    fn exchange(&mut self, head: &Head) -> Result<KeepAlive> {
        let fault = self.state.judge(RequestRecord::of(head));
        thread::sleep(self.state.half_delay());
        match fault {
            None => self.forward(head, &Fate::Pass),
            Some(Fault::Truncate(bytes)) => self.forward(head, &Fate::Truncate(bytes)),
            Some(Fault::DropAnswer) => self.forward(head, &Fate::Drop),
            Some(Fault::Status(status)) => self.answer(head, &canned_answer(status, "a test's fault", head)),
            Some(Fault::SlowDown) => self.answer(head, &slow_down(head)),
            Some(Fault::Reset) => reset(self.client).map(|()| false),
            Some(Fault::Stall) => {
                self.state.stall();
                Ok(false)
            }
        }
    }

    /// Answers in the server's place.
    fn answer(&mut self, head: &Head, answer: &[u8]) -> Result<KeepAlive> {
        // A client that sends its body unasked reads no answer before that; one that asks sends none after a no.
        let asks = head.says("expect", "100-continue");
        if !asks {
            copy_body(Framing::of_request(head)?, &mut self.from_client, &mut sink())?;
        }
        thread::sleep(self.state.half_delay());
        self.client.write_all(answer)?;
        Ok(!asks && !head.closes())
    }

    fn forward(&mut self, head: &Head, fate: &Fate) -> Result<KeepAlive> {
        let mut server = self.take_server()?;
        server.stream.write_all(&head.raw)?;
        let early = self.early_answer(head, &mut server)?;
        let sent = early.is_none() && self.forward_body(head, &mut server)?;
        let answer = match early {
            Some(answer) => answer,
            None => self.final_answer(&mut server)?,
        };
        thread::sleep(self.state.half_delay());
        let framing = Framing::of_response(&answer, head.word(0))?;
        self.deliver(&answer, framing, &mut server, fate)?;
        let whole = sent && framing != Framing::UntilClose && matches!(fate, Fate::Pass);
        let keep = whole && !head.closes() && !answer.closes();
        self.server = keep.then_some(server);
        Ok(keep)
    }

    /// With `Expect: 100-continue` the server speaks before the body: passes its go-ahead on, or returns its no.
    fn early_answer(&mut self, head: &Head, server: &mut Server) -> Result<Option<Head>> {
        if !head.says("expect", "100-continue") || Framing::of_request(head)? == Framing::Empty {
            return Ok(None);
        }
        let answer = server.read_head()?;
        if answer.status()? != 100 {
            return Ok(Some(answer));
        }
        self.client.write_all(&answer.raw)?;
        Ok(None)
    }

    /// Tells whether the whole body went through.
    fn forward_body(&mut self, head: &Head, server: &mut Server) -> Result<bool> {
        let framing = Framing::of_request(head)?;
        let sent = copy_body(framing, &mut self.from_client, &mut server.stream).is_ok();
        if !sent {
            // The server answered early, or the client is gone: no more will come, and an answer may be waiting.
            drop(server.stream.shutdown(Shutdown::Write));
        }
        Ok(sent)
    }

    fn final_answer(&mut self, server: &mut Server) -> Result<Head> {
        loop {
            let answer = server.read_head()?;
            if answer.status()? >= 200 {
                return Ok(answer);
            }
            self.client.write_all(&answer.raw)?;
        }
    }

    fn deliver(&mut self, answer: &Head, framing: Framing, server: &mut Server, fate: &Fate) -> Result<()> {
        match fate {
            Fate::Drop => copy_body(framing, &mut server.from, &mut sink()),
            Fate::Pass => {
                self.client.write_all(&answer.raw)?;
                copy_body(framing, &mut server.from, &mut self.client)
            }
            Fate::Truncate(bytes) => {
                self.client.write_all(&answer.raw)?;
                copy_body(framing, &mut server.from, &mut Limited::new(self.client, *bytes))
            }
        }
    }

    /// The connection to the server, a new one when there is none that still lives.
    fn take_server(&mut self) -> Result<Server> {
        match self.server.take().filter(Server::is_alive) {
            Some(server) => Ok(server),
            None => Server::connect(self.upstream, self.state),
        }
    }
}

impl Server {
    fn connect(upstream: SocketAddr, state: &Arc<State>) -> Result<Self> {
        let stream = TcpStream::connect(upstream).with_context(|| format!("cannot reach {upstream}"))?;
        stream.set_nodelay(true)?;
        let registered = state.register(&stream).context("the proxy is closed")?;
        Ok(Self { from: BufReader::new(stream.try_clone()?), stream, _registered: registered })
    }

    /// Between two requests a living server says nothing; one that closed can be read to its end at once.
    fn is_alive(&self) -> bool {
        let quiet = self.stream.set_nonblocking(true).is_ok()
            && self.stream.peek(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        quiet && self.stream.set_nonblocking(false).is_ok()
    }

    fn read_head(&mut self) -> Result<Head> {
        Head::read(&mut self.from)?.context("the server closed without an answer")
    }
}
