import { Client, credentials, Metadata } from '@grpc/grpc-js'
import protobuf from 'protobufjs/light.js'
import { toRuntimeError } from '../errors.ts'

/** containerd.services.tasks.v1.CloseIORequest. */
const closeIoRequest = protobuf.Root.fromJSON({
  nested: {
    CloseIORequest: {
      fields: {
        containerId: { type: 'string', id: 1 },
        execId: { type: 'string', id: 2 },
        stdin: { type: 'bool', id: 3 },
      },
    },
  },
}).lookupType('CloseIORequest')

const identity = (bytes: Buffer): Buffer => bytes

/**
 * Closes the stdin of a container's main process through containerd's own task service: what its
 * streaming server does for SPDY clients when they half-close, which a WebSocket cannot say.
 */
export function createStdinCloser(socket: string, namespace: string) {
  return (containerId: string, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const client = new Client(`unix:${socket}`, credentials.createInsecure())
      const metadata = new Metadata()
      metadata.set('containerd-namespace', namespace)
      const request = Buffer.from(closeIoRequest.encode({ containerId, stdin: true }).finish())
      client.makeUnaryRequest(
        '/containerd.services.tasks.v1.Tasks/CloseIO',
        identity,
        identity,
        request,
        metadata,
        (error) => {
          client.close()
          if (error) reject(toRuntimeError(error, socket))
          else resolve()
        },
      )
    })
}
