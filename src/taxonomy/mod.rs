//! What a clause change can be judged to be: the ids of `datasets/annotation-guidelines.md`, version 2.

use std::fmt;

/// Version of the annotation guidelines that these ids belong to.
pub const GUIDELINES: u32 = 2;

macro_rules! ids {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $id:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// All of them, in the order of the guidelines.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The id that records carry.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }

            /// The one with the id `id`.
            #[must_use]
            pub fn from_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.id() == id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.id())
            }
        }
    };
}

ids! {
    /// Whether a clause change matters. Ordered: the later, the more.
    Materiality {
        /// No reader's rights, duties or understanding change.
        Cosmetic = "cosmetic",
        /// Rights and duties stay; they are easier to understand.
        Clarifying = "clarifying",
        /// What may, must or will be done changes.
        Substantive = "substantive",
    }
}

ids! {
    /// What a clause change means for the person or business that agrees to the terms.
    Effect {
        /// The service may do more, or must do less.
        Adverse = "adverse",
        /// Users gain.
        Favourable = "favourable",
        /// Mixed, unclear or none.
        Neutral = "neutral",
    }
}

ids! {
    /// The matters that a clause change can touch; the guidelines define each.
    Category {
        /// Which personal data are collected.
        DataCollection = "data-collection",
        /// What they are used for.
        DataUse = "data-use",
        /// Whom they are passed to.
        DataSharing = "data-sharing",
        /// Training AI models.
        AiTraining = "ai-training",
        /// Selecting and measuring advertising.
        TargetedAdvertising = "targeted-advertising",
        /// The lawful ground, and the role.
        LegalBasis = "legal-basis",
        /// Consent, opt-outs, settings.
        UserChoice = "user-choice",
        /// Access, correction, deletion and so on.
        DataRights = "data-rights",
        /// How long data or content is kept.
        Retention = "retention",
        /// Storage and transfer across borders.
        InternationalTransfer = "international-transfer",
        /// Protective measures.
        Security = "security",
        /// Disclosure to authorities.
        GovernmentAccess = "government-access",
        /// Special categories and the like.
        SensitiveData = "sensitive-data",
        /// Children and teenagers.
        Minors = "minors",
        /// AI-powered features and their output.
        AiFeatures = "ai-features",
        /// What users may post or do.
        AcceptableUse = "acceptable-use",
        /// What the service does about breaches.
        Enforcement = "enforcement",
        /// Rules for advertisers.
        AdvertisingRules = "advertising-rules",
        /// Ownership and licences.
        IntellectualProperty = "intellectual-property",
        /// Fees, subscriptions, refunds.
        Payments = "payments",
        /// Marketplaces and goods.
        Commerce = "commerce",
        /// Warranties, limits of liability, indemnity.
        Liability = "liability",
        /// Arbitration, courts, governing law.
        DisputeResolution = "dispute-resolution",
        /// How and when the terms change.
        TermsChanges = "terms-changes",
        /// Who the contracting party is.
        LegalEntity = "legal-entity",
        /// What the service is, and for whom.
        ServiceScope = "service-scope",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_26_categories_and_ids_lead_back() {
        assert_eq!(Category::ALL.len(), 26);
        for category in Category::ALL {
            assert_eq!(Category::from_id(category.id()), Some(*category));
        }
        assert!(Materiality::Substantive > Materiality::Cosmetic);
    }
}
