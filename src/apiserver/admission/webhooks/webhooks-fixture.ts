import assert from 'node:assert/strict'
import { startTestServer, type TestServer, type TestServerOptions } from '../../server-fixture.ts'
import { createTestTransport, type TestTransport } from '../../webhooks/transport-fixture.ts'

export const admissionRoot = '/apis/admissionregistration.k8s.io/v1'
export const mapsPath = '/api/v1/namespaces/default/configmaps'

export interface TestReview {
  readonly apiVersion: string
  readonly request: {
    readonly uid: string
    readonly operation: string
    readonly dryRun: boolean
    readonly object: { readonly data?: Record<string, string>; readonly metadata: object } | null
    readonly oldObject: object | null
    readonly [field: string]: unknown
  }
}

/** What a webhook answers, as tests write it. */
export interface Response {
  readonly allowed?: boolean
  readonly patch?: readonly object[]
  readonly [field: string]: unknown
}

/** A webhook that answers as upstream wants it. */
export const answering =
  (answer: (review: TestReview) => Response) =>
  (review: TestReview): object => {
    const { patch, ...response } = answer(review)
    const { apiVersion } = review
    const encoded = patch && {
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    }
    const { uid } = review.request
    return {
      kind: 'AdmissionReview',
      apiVersion,
      response: { uid, allowed: true, ...response, ...encoded },
    }
  }

/** A webhook that sets one entry of the data. */
export const setting = (key: string, value: string) =>
  answering(({ request }) => ({
    patch: [
      ...(request.object?.data ? [] : [{ op: 'add', path: '/data', value: {} }]),
      { op: 'add', path: `/data/${key}`, value },
    ],
  }))

/** A webhook in a configuration. */
export const configuredWebhook = (name: string, more: object = {}) => ({
  name: `${name}.example.com`,
  clientConfig: { url: `https://hooks/${name}` },
  rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  ...more,
})

/** A server, its webhooks, and ConfigMaps to try them on. */
export interface WebhookWorld extends AsyncDisposable {
  readonly server: TestServer
  readonly transport: TestTransport
  hook(name: string, answer: (review: TestReview) => object): void
  configure(
    kind: 'mutating' | 'validating',
    name: string,
    ...webhooks: readonly object[]
  ): Promise<void>
  create(data?: object, query?: string): ReturnType<TestServer['send']>
}

export async function startWorld({
  latencyMs = () => 0,
  ...options
}: { readonly latencyMs?: () => number } & Pick<
  TestServerOptions,
  'audit'
> = {}): Promise<WebhookWorld> {
  const holder: { server?: TestServer } = {}
  const transport = createTestTransport(() => {
    assert.ok(holder.server)
    return holder.server.clock
  }, latencyMs)
  const server = await startTestServer({ ...options, standard: true, webhookTransport: transport })
  holder.server = server
  await server.send('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'default', labels: { team: 'a' } },
  })
  return {
    server,
    transport,
    hook: (name, answer) => void transport.hooks.set(`hooks/${name}`, answer),
    async configure(kind, name, ...webhooks) {
      const wanted = kind === 'mutating' ? 'MutatingWebhook' : 'ValidatingWebhook'
      const object = {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: `${wanted}Configuration`,
        metadata: { name },
        webhooks,
      }
      const { status, body } = await server.send(
        'POST',
        `${admissionRoot}/${wanted.toLowerCase()}configurations`,
        object,
      )
      assert.equal(status, 201, JSON.stringify(body))
    },
    create: (data = { a: '1' }, query = '') =>
      server.send('POST', `${mapsPath}${query}`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c' },
        data,
      }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
    },
  }
}

/** How a webhook's answer is refused that is none. */
export const received = 'failed calling webhook "x.example.com": received invalid webhook response'
