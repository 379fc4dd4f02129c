/**
 * Groups for the key exchange between a board and its broker, by preference, as OpenSSL names them (RFC 8446 §4.2.7). Hybrid ones
 * with ML-KEM, which Node would prefer, are left out: they take 2.3 kB more of each dial, and 8 KB of the broker for each board.
 */
export const mqttTlsGroups = 'X25519:P-256:P-384';
