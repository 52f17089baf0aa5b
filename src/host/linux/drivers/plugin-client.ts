import { Client, credentials, type ServiceError } from '@grpc/grpc-js'
import type { Clock } from '#lib'
import type { DeviceDriver } from '../../model/drivers.ts'
import { type DriverMessages, decodeDriver, encodeDriver } from './wire.ts'

/** A gRPC connection to the socket of a plugin. */
export interface PluginClient {
  call<Q extends keyof DriverMessages, A extends keyof DriverMessages>(
    path: string,
    request: readonly [Q, DriverMessages[Q]],
    answer: A,
    limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<DriverMessages[A]>
  close(): void
}

const identity = (bytes: Buffer): Buffer => bytes

export function connectPlugin(socketPath: string, clock: Clock): PluginClient {
  const client = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1000,
    'grpc.enable_retries': 0,
  })
  return {
    call: (path, [name, message], answer, { timeoutMs, signal }) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const deadline = clock.wallMs() + timeoutMs
        const done = (error: ServiceError | null, response?: Buffer) => {
          signal.removeEventListener('abort', onAbort)
          if (signal.aborted) return reject(signal.reason)
          if (error) return reject(new Error(textOf(error)))
          resolve(decodeDriver(answer, response ?? Buffer.alloc(0)))
        }
        const bytes = encodeDriver(name, message)
        const call = client.makeUnaryRequest(path, identity, identity, bytes, { deadline }, done)
        const onAbort = () => call.cancel()
        signal.addEventListener('abort', onAbort, { once: true })
      }),
    close: () => client.close(),
  }
}

const codes = [
  ...['OK', 'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound'],
  ...['AlreadyExists', 'PermissionDenied', 'ResourceExhausted', 'FailedPrecondition', 'Aborted'],
  ...['OutOfRange', 'Unimplemented', 'Internal', 'Unavailable', 'DataLoss', 'Unauthenticated'],
]

/** As Go prints such an error. */
function textOf({ code, details }: ServiceError): string {
  return `rpc error: code = ${codes[code] ?? code} desc = ${details}`
}

/** Upstream's bound for one call of a driver. */
const callTimeoutMs = 45_000

/** The driver behind a plugin's socket; `version` is `v1` or `v1beta1`. */
export function driverOver(client: PluginClient, version: string): DeviceDriver {
  const service = `/k8s.io.kubelet.pkg.apis.dra.${version}.DRAPlugin`
  return {
    async prepare(claims, signal) {
      const path = `${service}/NodePrepareResources`
      const limits = { timeoutMs: callTimeoutMs, signal }
      const answer = await client.call(path, ['Claims', { claims }], 'AllPrepared', limits)
      return new Map(
        Object.entries(answer.claims).map(([uid, { error, devices }]) => [
          uid,
          error === '' ? { devices } : { error },
        ]),
      )
    },
    async unprepare(claims, signal) {
      const path = `${service}/NodeUnprepareResources`
      const limits = { timeoutMs: callTimeoutMs, signal }
      const answer = await client.call(path, ['Claims', { claims }], 'AllUnprepared', limits)
      return new Map(
        Object.entries(answer.claims).map(([uid, { error }]) => [
          uid,
          error === '' ? {} : { error },
        ]),
      )
    },
  }
}
