//! The few primitives that aws-lc has and its safe interface lacks: Ed25519ph, ML-DSA over an external µ, and ML-KEM and
//! ML-DSA keys as seeds in PKCS#8.
#![expect(unsafe_code, reason = "calls into aws-lc, whose safe interface lacks these")]

use crate::derive::SecretBytes;
use aws_lc_sys as lc;
use core::{
    mem::MaybeUninit,
    ptr::{self, NonNull},
};
use zeroize::Zeroizing;

/// Length of an Ed25519 signature, in bytes.
const ED25519_SIGNATURE: usize = 64;

/// Length of the µ of ML-DSA, in bytes.
pub(crate) const MU: usize = 64;

/// Signs with Ed25519ph (RFC 8032) and an empty context. The message is hashed here.
pub(crate) fn ed25519ph_sign(private: &[u8; 64], message: &[u8]) -> Option<[u8; ED25519_SIGNATURE]> {
    let mut signature = [0; ED25519_SIGNATURE];
    // SAFETY: the signature and the private key have the 64 bytes that the call writes and reads; the message is given
    // with its length; a context of no bytes is not read.
    let done = unsafe {
        lc::ED25519ph_sign(
            signature.as_mut_ptr(),
            message.as_ptr(),
            message.len(),
            private.as_ptr(),
            ptr::null(),
            0,
        )
    };
    clean(done == 1).map(|()| signature)
}

/// Verifies what [`ed25519ph_sign`] made.
pub(crate) fn ed25519ph_verify(public: &[u8; 32], message: &[u8], signature: &[u8]) -> Option<()> {
    let signature: &[u8; ED25519_SIGNATURE] = signature.try_into().ok()?;
    // SAFETY: the public key and the signature have the 32 and 64 bytes that the call reads; the message is given with
    // its length; a context of no bytes is not read.
    let good = unsafe {
        lc::ED25519ph_verify(
            message.as_ptr(),
            message.len(),
            signature.as_ptr(),
            public.as_ptr(),
            ptr::null(),
            0,
        )
    };
    clean(good == 1)
}

/// Whether some bytes are a SubjectPublicKeyInfo with nothing behind it.
pub(crate) fn is_public_key(der: &[u8]) -> bool {
    RawKey::from_public(der).is_some()
}

/// A key of any algorithm, in aws-lc's own form.
pub(crate) struct RawKey(NonNull<lc::EVP_PKEY>);

// SAFETY: aws-lc documents that an EVP_PKEY may be used by several threads at once as long as none changes it. Nothing
// here changes a key after it was made: contexts only take a reference, and that is counted atomically.
unsafe impl Send for RawKey {}
// SAFETY: as above.
unsafe impl Sync for RawKey {}

impl Drop for RawKey {
    fn drop(&mut self) {
        // SAFETY: this owns one reference, which aws-lc erases and frees when it is the last.
        unsafe { lc::EVP_PKEY_free(self.0.as_ptr()) }
    }
}

impl RawKey {
    /// Reads a SubjectPublicKeyInfo with nothing behind it.
    pub(crate) fn from_public(der: &[u8]) -> Option<Self> {
        let mut input = lc::CBS { data: der.as_ptr(), len: der.len() };
        // SAFETY: `input` describes a live slice, which the call reads within its length and does not keep.
        let key = unsafe { lc::EVP_parse_public_key(&raw mut input) };
        let key = NonNull::new(key).map(Self);
        clean(key.is_some())?;
        key.filter(|_| input.len == 0)
    }

    /// Reads a PKCS#8 PrivateKeyInfo with nothing behind it.
    pub(crate) fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let mut input = lc::CBS { data: pkcs8.as_ptr(), len: pkcs8.len() };
        // SAFETY: `input` describes a live slice, which the call reads within its length and does not keep.
        let key = unsafe { lc::EVP_parse_private_key(&raw mut input) };
        let key = NonNull::new(key).map(Self);
        clean(key.is_some())?;
        key.filter(|_| input.len == 0)
    }

    /// The public half as a SubjectPublicKeyInfo.
    pub(crate) fn public_der(&self) -> Option<Vec<u8>> {
        let mut out = MaybeUninit::<lc::CBB>::uninit();
        let (mut bytes, mut length) = (ptr::null_mut(), 0);
        // SAFETY: the builder is initialised before it is used. Finishing hands over its buffer; failing before that
        // cleans it up, and cleaning up after a failed finish is lawful too.
        let done = unsafe {
            lc::CBB_init(out.as_mut_ptr(), 2048) == 1
                && (lc::EVP_marshal_public_key(out.as_mut_ptr(), self.0.as_ptr()) == 1
                    && lc::CBB_finish(out.as_mut_ptr(), &raw mut bytes, &raw mut length) == 1
                    || {
                        lc::CBB_cleanup(out.as_mut_ptr());
                        false
                    })
        };
        clean(done)?;
        // SAFETY: finishing gave a buffer of `length` bytes, which is copied and then freed, once.
        unsafe {
            let copy = core::slice::from_raw_parts(bytes, length).to_vec();
            lc::OPENSSL_free(bytes.cast());
            Some(copy)
        }
    }

    /// The seed that the key was made from, if it has `N` bytes and is known.
    pub(crate) fn seed<const N: usize>(&self) -> Option<SecretBytes> {
        let mut seed = Zeroizing::new(vec![0; N]);
        let mut length = N;
        // SAFETY: the buffer has the `length` bytes that the call may write.
        let done =
            unsafe { lc::EVP_PKEY_get_private_seed(self.0.as_ptr(), seed.as_mut_ptr(), &raw mut length) };
        clean(done == 1 && length == N).map(|()| seed)
    }

    /// Signs a µ (FIPS 204, algorithm 7) with ML-DSA; the signature has `length` bytes.
    pub(crate) fn sign_mu(&self, mu: &[u8; MU], length: usize) -> Option<Vec<u8>> {
        let context = Context::new(self)?;
        let mut signature = vec![0; length];
        let mut written = length;
        // SAFETY: the context is live, the buffer has the `written` bytes that the call may write, and µ is given with
        // its length.
        let done = unsafe {
            lc::EVP_PKEY_sign_init(context.0.as_ptr()) == 1
                && lc::EVP_PKEY_sign(
                    context.0.as_ptr(),
                    signature.as_mut_ptr(),
                    &raw mut written,
                    mu.as_ptr(),
                    mu.len(),
                ) == 1
        };
        clean(done && written == length).map(|()| signature)
    }

    /// Verifies an ML-DSA signature of a µ.
    pub(crate) fn verify_mu(&self, mu: &[u8; MU], signature: &[u8]) -> Option<()> {
        let context = Context::new(self)?;
        // SAFETY: the context is live; signature and µ are given with their lengths.
        let good = unsafe {
            lc::EVP_PKEY_verify_init(context.0.as_ptr()) == 1
                && lc::EVP_PKEY_verify(
                    context.0.as_ptr(),
                    signature.as_ptr(),
                    signature.len(),
                    mu.as_ptr(),
                    mu.len(),
                ) == 1
        };
        clean(good)
    }

    /// Encapsulates under the public half of an ML-KEM key whose ciphertexts have `length` bytes.
    pub(crate) fn encapsulate(&self, length: usize) -> Option<(Vec<u8>, SecretBytes)> {
        let context = Context::new(self)?;
        let (mut ciphertext, mut secret) = (vec![0; length], Zeroizing::new(vec![0; SHARED_SECRET]));
        let (mut written, mut agreed) = (length, SHARED_SECRET);
        // SAFETY: the context is live, and both buffers have the lengths that are given with them.
        let done = unsafe {
            lc::EVP_PKEY_encapsulate(
                context.0.as_ptr(),
                ciphertext.as_mut_ptr(),
                &raw mut written,
                secret.as_mut_ptr(),
                &raw mut agreed,
            )
        };
        clean(done == 1 && (written, agreed) == (length, SHARED_SECRET)).map(|()| (ciphertext, secret))
    }

    /// Recovers the secret of a ciphertext of the right length; of one that was tampered with, another secret.
    pub(crate) fn decapsulate(&self, ciphertext: &[u8]) -> Option<SecretBytes> {
        let context = Context::new(self)?;
        let mut secret = Zeroizing::new(vec![0; SHARED_SECRET]);
        let mut agreed = SHARED_SECRET;
        // SAFETY: the context is live, and the buffer and the ciphertext have the lengths that are given with them.
        let done = unsafe {
            lc::EVP_PKEY_decapsulate(
                context.0.as_ptr(),
                secret.as_mut_ptr(),
                &raw mut agreed,
                ciphertext.as_ptr(),
                ciphertext.len(),
            )
        };
        clean(done == 1 && agreed == SHARED_SECRET).map(|()| secret)
    }
}

/// Length of the secret that ML-KEM agrees on, in bytes.
const SHARED_SECRET: usize = 32;

/// What one use of a key needs.
struct Context(NonNull<lc::EVP_PKEY_CTX>);

impl Context {
    fn new(key: &RawKey) -> Option<Self> {
        // SAFETY: the key is live; the context takes a reference of its own.
        let context = unsafe { lc::EVP_PKEY_CTX_new(key.0.as_ptr(), ptr::null_mut()) };
        let context = NonNull::new(context).map(Self);
        clean(context.is_some())?;
        context
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: this owns the context.
        unsafe { lc::EVP_PKEY_CTX_free(self.0.as_ptr()) }
    }
}

/// Turns success into a value, and forgets what a failure left in the thread's queue of errors.
fn clean(done: bool) -> Option<()> {
    if !done {
        // SAFETY: clears the calling thread's own queue.
        unsafe { lc::ERR_clear_error() }
    }
    done.then_some(())
}
