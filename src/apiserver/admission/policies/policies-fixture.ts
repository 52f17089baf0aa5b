import assert from 'node:assert/strict'
import {
  type Answer,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../../server-fixture.ts'

/** Where the admissionKinds of admission stand. */
export const admissionKinds = '/apis/admissionregistration.k8s.io/v1'
/** Where Deployments of the namespace `default` stand. */
export const deploymentsPath = '/apis/apps/v1/namespaces/default/deployments'
/** Where ConfigMaps of the namespace `default` stand. */
export const configMapsPath = '/api/v1/namespaces/default/configmaps'

/** A rule about all that is done to a resource. */
export const ruleOf = (resource: string, apiGroup = '', more: object = {}): object => ({
  operations: ['CREATE', 'UPDATE'],
  apiGroups: [apiGroup],
  apiVersions: ['v1'],
  resources: [resource],
  ...more,
})

/** A server with upstream's plugins, and what makes policies in it. */
export interface PolicyWorld extends TestServer {
  /** Makes a validating policy with a binding of the same name; a binding that is null is none. */
  validating(name: string, spec: object, binding?: object | null): Promise<void>
  /** Makes a mutating policy with a binding of the same name. */
  mutating(name: string, spec: object, binding?: object): Promise<void>
  deploy(name: string, replicas: number, more?: object): Promise<Answer>
  configure(name: string, data?: object, metadata?: object): Promise<Answer>
}

/** A server with upstream's plugins and the namespace `default`, which has a label. */
export async function startPolicyWorld(options: TestServerOptions = {}): Promise<PolicyWorld> {
  const server = await startTestServer({ standard: true, ...options })
  const made = async (path: string, body: object) => {
    const { status, body: answer } = await server.send('POST', path, body)
    assert.equal(status, 201, answer.message)
  }
  await made('/api/v1/namespaces', { metadata: { name: 'default', labels: { tier: 'one' } } })
  return {
    ...server,
    async validating(name, spec, binding = {}) {
      const whole = { matchConstraints: { resourceRules: [ruleOf('*'), ruleOf('*', 'apps')] } }
      await made(`${admissionKinds}/validatingadmissionpolicies`, {
        metadata: { name },
        spec: { ...whole, ...spec },
      })
      if (binding === null) return
      await made(`${admissionKinds}/validatingadmissionpolicybindings`, {
        metadata: { name },
        spec: { policyName: name, validationActions: ['Deny'], ...binding },
      })
    },
    async mutating(name, spec, binding = {}) {
      await made(`${admissionKinds}/mutatingadmissionpolicies`, {
        metadata: { name },
        spec: {
          matchConstraints: { resourceRules: [ruleOf('*'), ruleOf('*', 'apps')] },
          reinvocationPolicy: 'Never',
          ...spec,
        },
      })
      await made(`${admissionKinds}/mutatingadmissionpolicybindings`, {
        metadata: { name },
        spec: { policyName: name, ...binding },
      })
    },
    deploy: (name, replicas, more = {}) =>
      server.send('POST', deploymentsPath, {
        metadata: { name },
        spec: {
          replicas,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: { containers: [{ name: 'web', image: 'nginx' }] },
          },
          ...more,
        },
      }),
    configure: (name, data = {}, metadata = {}) =>
      server.send('POST', configMapsPath, { metadata: { name, ...metadata }, data }),
  }
}
