/** A record of an answer; its owner is the name that was asked for unless it says another. */
export type DnsRecord = { readonly owner?: string; readonly ttl: number } & (
  | {
      readonly type: 'A' | 'AAAA' | 'CNAME' | 'PTR' | 'NS' | 'TXT'
      readonly data: string
    }
  | { readonly type: 'SRV'; readonly data: SrvData }
  | { readonly type: 'SOA'; readonly data: SoaData }
)

/** The data of an SRV record. */
interface SrvData {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

/** The data of a SOA record. */
interface SoaData {
  readonly mname: string
  readonly rname: string
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

/** How long an answer of the cluster's own zone may be kept, in seconds. */
export const clusterTtl = 5
