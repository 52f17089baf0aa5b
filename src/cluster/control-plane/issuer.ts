/** Who issues the tokens of a cluster's service accounts: by its domain, where nothing else is said. */
export function issuerOf({
  clusterDomain,
  serviceAccountIssuer,
}: {
  readonly clusterDomain: string
  readonly serviceAccountIssuer?: string
}): string {
  return serviceAccountIssuer ?? `https://kubernetes.default.svc.${clusterDomain}`
}
