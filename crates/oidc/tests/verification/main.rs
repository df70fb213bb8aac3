//! Tokens as an issuer, and as an attacker, would make them.

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod expectations;
#[cfg(test)]
mod issuer;
