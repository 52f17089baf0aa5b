/** Where a webhook listens. */
export type WebhookPlace =
  /** Outside of the cluster, or wherever its name leads. */
  | { readonly kind: 'url'; readonly host: string; readonly port: number }
  /** An endpoint of a Service, reached from a node of the cluster. */
  | {
      readonly kind: 'endpoint'
      readonly host: string
      readonly port: number
      readonly nodeName: string
      /** `10.96.0.12:443`: what messages call it, as upstream dials the Service. */
      readonly dialed: string
    }

/** One call of a webhook. */
export interface WebhookCall {
  readonly place: WebhookPlace
  /** The name that its certificate must have. */
  readonly serverName: string
  /** PEM; undefined: the authorities that the system trusts. */
  readonly authorities: string | undefined
  /** With its query. */
  readonly path: string
  /** `name.namespace.svc:443` */
  readonly authority: string
  readonly body: Uint8Array
  /** Default: POST. */
  readonly method?: 'GET'
  /** Besides those of every call, or in their place; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** By what this server proves who it is; PEM. */
  readonly client?: { readonly certificate: string; readonly key: string }
}

/** What a webhook has answered, whatever its status. */
export interface WebhookAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Uint8Array
}

/**
 * How webhooks are reached. Rejects with an Error in the words of Go where no answer comes, and with the signal's
 * reason when it aborts.
 */
export interface WebhookTransport extends Partial<Disposable> {
  post(call: WebhookCall, signal: AbortSignal): Promise<WebhookAnswer>
}

/** The longest answer that is read: a patch of the largest object, in base64, has room in it. */
export const maxAnswerBytes = 8 * 1024 * 1024
