use std::time::{Duration, Instant};

use super::{
    Outcome, Setup,
    expect::{self, succeeds},
    zeros,
};
use crate::{
    flags::Flags,
    testing::{SimpleRequest, TestServiceStub},
};

/// How long the soak cases go on, and what they put up with: the `--soak_…` flags.
pub(crate) struct Soak {
    iterations: u32,
    max_failures: u32,
    /// A call that takes longer has failed.
    acceptable_latency: Duration,
    /// Beyond it no call is begun.
    overall_timeout: Duration,
    min_time_between_calls: Duration,
    request_size: usize,
    response_size: i32,
}

impl Soak {
    pub(crate) fn from_flags(flags: &mut Flags) -> Result<Self, grpc::Error> {
        Ok(Self {
            iterations: flags.take("soak_iterations", 10)?,
            max_failures: flags.take("soak_max_failures", 0)?,
            acceptable_latency: Duration::from_millis(
                flags.take("soak_per_iteration_max_acceptable_latency_ms", 1000)?,
            ),
            overall_timeout: Duration::from_secs(flags.take("soak_overall_timeout_seconds", 10)?),
            min_time_between_calls: Duration::from_millis(flags.take("soak_min_time_ms_between_rpcs", 0)?),
            request_size: flags.take("soak_request_size", super::unary::REQUEST_SIZE)?,
            response_size: flags.take("soak_response_size", super::unary::RESPONSE_SIZE)?,
        })
    }

    /// Large calls one after the other, each on the stub that `stub` gives.
    async fn run(&self, stub: impl Fn() -> TestServiceStub) -> Outcome {
        let started = Instant::now();
        let mut failures = Vec::new();
        let mut iterations = 0;
        while iterations < self.iterations && started.elapsed() < self.overall_timeout {
            iterations += 1;
            let iteration = Instant::now();
            if let Err(why) = self.call(&stub()).await {
                failures.push(why);
            }
            tokio::time::sleep(self.min_time_between_calls.saturating_sub(iteration.elapsed())).await;
        }
        if iterations < self.iterations {
            return Err(format!(
                "{iterations} of {} iterations in {:?}",
                self.iterations, self.overall_timeout
            ));
        }
        match failures.last() {
            Some(last) if failures.len() > self.max_failures as usize => Err(format!(
                "{} of {iterations} iterations failed; the last: {last}",
                failures.len()
            )),
            _ => Ok(()),
        }
    }

    async fn call(&self, stub: &TestServiceStub) -> Outcome {
        let request = SimpleRequest {
            response_size: self.response_size,
            payload: zeros(self.request_size),
            ..SimpleRequest::default()
        };
        let started = Instant::now();
        let response = succeeds("the call", stub.unary_call(request).await)?;
        let took = started.elapsed();
        let size = usize::try_from(self.response_size).unwrap_or_default();
        expect::zeros("the response", response.payload.as_ref(), size)?;
        if took > self.acceptable_latency {
            return Err(format!(
                "the call took {took:?}, more than {:?}",
                self.acceptable_latency
            ));
        }
        Ok(())
    }
}

/// All on one channel.
pub(super) async fn rpc_soak(setup: &Setup) -> Outcome {
    let stub = setup.stub();
    setup.soak.run(|| stub.clone()).await
}

/// Each on a channel of its own.
pub(super) async fn channel_soak(setup: &Setup) -> Outcome {
    setup.soak.run(|| setup.stub()).await
}
