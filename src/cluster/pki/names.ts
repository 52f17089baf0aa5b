/** The common name of the certificate by which this server speaks for users to other API servers. */
export const frontProxyName = 'front-proxy-client'
