import { Server, ServerCredentials } from '@grpc/grpc-js'
import { exportMethod, exportRequest } from './otlp.ts'

/** A collector as small as can be: it keeps what it is sent. */
export interface Collector extends AsyncDisposable {
  readonly endpoint: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages
  readonly messages: any[]
}

/** Starts one on any free port. */
export async function startCollector(): Promise<Collector> {
  const messages: unknown[] = []
  const server = new Server()
  const plain = (bytes: Buffer) => bytes
  const method = {
    path: exportMethod,
    requestStream: false,
    responseStream: false,
    requestSerialize: plain,
    requestDeserialize: plain,
    responseSerialize: plain,
    responseDeserialize: plain,
  }
  server.addService(
    { Export: method },
    {
      Export: (call: { readonly request: Buffer }, done: (error: null, answer: Buffer) => void) => {
        messages.push(exportRequest.toObject(exportRequest.decode(call.request), { longs: String }))
        done(null, Buffer.alloc(0))
      },
    },
  )
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, found) =>
      error ? reject(error) : resolve(found),
    )
  })
  return {
    endpoint: `127.0.0.1:${bound}`,
    messages,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  }
}
