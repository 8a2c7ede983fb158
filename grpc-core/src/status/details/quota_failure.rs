use std::collections::BTreeMap;

use crate::wire::message;

/// Which quotas are used up. A [`RetryInfo`](super::RetryInfo) beside it says when they will not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaFailure {
    /// Every quota that is used up.
    pub violations: Vec<QuotaViolation>,
}

message! {
    QuotaFailure {
        1 repeated message violations;
    }
}

impl QuotaFailure {
    /// One quota: whose it is, and what is used up.
    pub fn violation(subject: impl Into<String>, description: impl Into<String>) -> Self {
        QuotaViolation::new(subject, description).into()
    }

    /// One quota more.
    #[must_use]
    pub fn and(self, subject: impl Into<String>, description: impl Into<String>) -> Self {
        self.and_violation(QuotaViolation::new(subject, description))
    }

    /// One quota more, with all that can be said of it.
    #[must_use]
    pub fn and_violation(mut self, violation: QuotaViolation) -> Self {
        self.violations.push(violation);
        self
    }
}

impl From<QuotaViolation> for QuotaFailure {
    fn from(violation: QuotaViolation) -> Self {
        Self::from_iter([violation])
    }
}

impl FromIterator<QuotaViolation> for QuotaFailure {
    fn from_iter<I: IntoIterator<Item = QuotaViolation>>(violations: I) -> Self {
        Self {
            violations: violations.into_iter().collect(),
        }
    }
}

/// A quota that is used up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaViolation {
    /// Whose quota it is, such as `project:7` or `clientip:192.0.2.1`.
    pub subject: String,
    /// What is used up, such as "the daily limit of reads".
    pub description: String,
    /// The service that has the quota, where that is not the one that was called.
    pub api_service: String,
    /// What is counted, such as `compute.googleapis.com/cpus_per_vm_family`.
    pub quota_metric: String,
    /// The quota's own name, also known as the name of the limit.
    pub quota_id: String,
    /// What it is counted by, such as `region` → `us-central1`; empty for a global quota.
    pub quota_dimensions: BTreeMap<String, String>,
    /// The limit, in the metric's unit.
    pub quota_value: i64,
    /// The limit that is being rolled out to take its place, if one is.
    pub future_quota_value: Option<i64>,
}

message! {
    QuotaViolation {
        1 plain string subject;
        2 plain string description;
        3 plain string api_service;
        4 plain string quota_metric;
        5 plain string quota_id;
        6 map string quota_dimensions;
        7 plain int64 quota_value;
        8 optional int64 future_quota_value;
    }
}

impl QuotaViolation {
    /// A quota: whose it is, and what is used up.
    pub fn new(subject: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            description: description.into(),
            ..Self::default()
        }
    }

    /// The same, in another service than the one that was called.
    #[must_use]
    pub fn with_api_service(mut self, name: impl Into<String>) -> Self {
        self.api_service = name.into();
        self
    }

    /// The same with the quota's metric and name, and its limit in the metric's unit.
    #[must_use]
    pub fn with_quota(mut self, metric: impl Into<String>, id: impl Into<String>, value: i64) -> Self {
        self.quota_metric = metric.into();
        self.quota_id = id.into();
        self.quota_value = value;
        self
    }

    /// The same with one dimension more.
    #[must_use]
    pub fn with_dimension(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.quota_dimensions.insert(key.into(), value.into());
        self
    }

    /// The same with the limit that is being rolled out.
    #[must_use]
    pub fn with_future_value(mut self, value: i64) -> Self {
        self.future_quota_value = Some(value);
        self
    }
}
