/** Where Okta's orgs live under Okta's own names. */
const OKTA_HOST = /\.(okta|oktapreview|okta-emea|okta-gov|okta-miltest|trexcloud|trex-govcloud)\.com$|\.okta\.mil$/;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether a host name as in a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/** Whether a host name is one of Okta's own, and not a custom domain of an org. */
export function isOktaHost(hostname: string): boolean {
  return OKTA_HOST.test(hostname);
}
