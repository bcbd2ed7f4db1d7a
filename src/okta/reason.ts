const UNTRUSTED = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Why no connection came about: the code of the failure, in words where people can do something about it. */
export function explainReason(reason: string): string {
  const code = reason.replace(/^PROXY_/, "");
  const isProxy = code !== reason;
  if (/^\d{3}$/.test(code)) return `the proxy of HTTPS_PROXY answered ${code}`;
  const whose = isProxy ? "the certificate of the proxy" : "the certificate";
  if (UNTRUSTED.has(code)) return `${code}: ${whose} is not trusted; NODE_EXTRA_CA_CERTS names a file of more to trust`;
  if (/^(CERT_|ERR_TLS_CERT_)/.test(code)) return `${code}: ${whose} is not valid for this host and time`;
  return isProxy ? `${code}: the proxy of HTTPS_PROXY cannot be reached` : code;
}
