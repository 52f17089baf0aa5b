/** Who issues the tokens of a cluster's service accounts. */
export function issuerOf({ clusterDomain }: { readonly clusterDomain: string }): string {
  return `https://kubernetes.default.svc.${clusterDomain}`
}
