import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'

/** The examples are those of the pages on both kinds of policies in Kubernetes' documentation, written shorter. */
const policy = (name: string, spec: string, kind = 'Validating') => `
---
apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}AdmissionPolicy
metadata: {name: ${name}}
spec:
  failurePolicy: Fail
${spec}`
const binding = (name: string, of: string, more: string, kind = 'Validating') => `
---
apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}AdmissionPolicyBinding
metadata: {name: ${name}}
spec: {policyName: ${of}, ${kind === 'Validating' ? 'validationActions: [Deny], ' : ''}${more}}
`
const inTest = 'matchResources: {namespaceSelector: {matchLabels: {environment: test}}}'
const atDeployments = `  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
`

const demo = policy(
  'demo-policy.example.com',
  `${atDeployments}  validations: [{expression: "object.spec.replicas <= 5"}]`,
)

const replicaLimit = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: replicalimits.rules.example.com}
spec:
  group: rules.example.com
  scope: Namespaced
  names: {plural: replicalimits, singular: replicalimit, kind: ReplicaLimit}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema: {type: object, properties: {maxReplicas: {type: integer}}}
`

const images = policy(
  'image-matches-namespace-environment.policy.example.com',
  `${atDeployments}  variables:
    - name: environment
      expression: "'environment' in namespaceObject.metadata.labels ? namespaceObject.metadata.labels['environment'] : 'prod'"
    - name: exempt
      expression: "'exempt' in object.metadata.labels && object.metadata.labels['exempt'] == 'true'"
    - name: containers
      expression: "object.spec.template.spec.containers"
    - name: containersToCheck
      expression: "variables.containers.filter(c, c.image.contains('example.com/'))"
  validations:
    - expression: "variables.exempt || variables.containersToCheck.all(c, c.image.startsWith(variables.environment + '.'))"
      messageExpression: "'only ' + variables.environment + ' images are allowed in namespace ' + namespaceObject.metadata.name"`,
)

const sidecar = (mutation: string) =>
  policy(
    'sidecar-policy.example.com',
    `  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  matchConditions:
    - name: does-not-already-have-sidecar
      expression: "!object.spec.?initContainers.orValue([]).exists(ic, ic.name == 'mesh-proxy')"
  reinvocationPolicy: IfNeeded
  mutations:
${mutation}`,
    'Mutating',
  )
const applied = (more = '') => `    - patchType: ApplyConfiguration
      applyConfiguration:
        expression: >
          Object{
            spec: Object.spec{
              initContainers: [
                Object.spec.initContainers{
                  name: "mesh-proxy",
                  image: "mesh/proxy:v1.0.0",${more}
                  restartPolicy: "Always"
                }
              ]
            }
          }`
const patched = `    - patchType: JSONPatch
      jsonPatch:
        expression: >
          [
            JSONPatch{op: "add", path: "/spec/initContainers", value: []},
            JSONPatch{
              op: "add", path: "/spec/initContainers/-",
              value: Object.spec.initContainers{
                name: "mesh-proxy", image: "mesh-proxy/v1.0.0", restartPolicy: "Always"
              }
            }
          ]`

describe('the examples of Kubernetes’ documentation of admission policies', () => {
  let cluster: ServedSimulation
  const run = (...args: readonly string[]) => cluster.tryKubectl(args)
  const create = (name: string, replicas: number, image = 'nginx') =>
    run('create', 'deploy', name, `--image=${image}`, `--replicas=${replicas}`)
  const remove = async (...kinds: readonly string[]) => {
    for (const kind of kinds) await cluster.kubectl('delete', kind, '--all')
  }

  before(async () => {
    cluster = await startServedSimulation('--nodes', '1')
    await cluster.kubectl('label', 'namespace', 'default', 'environment=test')
  })

  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  test('a policy holds where it is bound', async () => {
    await cluster.apply(demo)
    const bound = binding('demo-binding-test.example.com', 'demo-policy.example.com', inTest)
    await cluster.apply(bound)
    const refused = await create('a', 6)
    assert.match(
      refused.stderr,
      /deployments\.apps "a" is forbidden: ValidatingAdmissionPolicy 'demo-policy\.example\.com' with binding 'demo-binding-test\.example\.com' denied request: failed expression: object\.spec\.replicas <= 5/,
    )
    assert.equal((await create('a', 5)).code, 0)
    assert.match(
      await cluster.kubectl('get', 'validatingadmissionpolicies'),
      /^NAME +VALIDATIONS +PARAMKIND +AGE\ndemo-policy\.example\.com +1 +<unset> /,
    )
    await cluster.kubectl('label', 'namespace', 'default', 'environment-')
    assert.equal((await create('b', 6)).code, 0)
    await cluster.kubectl('label', 'namespace', 'default', 'environment=test')
    await remove('validatingadmissionpolicybinding', 'validatingadmissionpolicy')
  })

  test('parameters of a kind of one’s own say what is allowed', async () => {
    await cluster.apply(replicaLimit)
    await cluster.knarr('clock', 'advance', '5s')
    await cluster.apply(`
apiVersion: rules.example.com/v1
kind: ReplicaLimit
metadata: {name: replica-limit-test.example.com, namespace: default}
maxReplicas: 3
`)
    await cluster.apply(
      policy(
        'replicalimit-policy.example.com',
        `  paramKind: {apiVersion: rules.example.com/v1, kind: ReplicaLimit}
${atDeployments}  validations: [{expression: "object.spec.replicas <= params.maxReplicas", reason: Invalid}]`,
      ),
    )
    const ref =
      'paramRef: {name: replica-limit-test.example.com, namespace: default, parameterNotFoundAction: Deny}'
    await cluster.apply(
      binding(
        'replicalimit-binding-test.example.com',
        'replicalimit-policy.example.com',
        `${ref}, ${inTest}`,
      ),
    )
    assert.equal((await create('c', 3)).code, 0)
    const refused = await create('d', 4)
    assert.match(
      refused.stderr,
      /denied request: failed expression: object\.spec\.replicas <= params\.maxReplicas/,
    )
    assert.match(
      await cluster.kubectl('get', 'validatingadmissionpolicybindings'),
      /replicalimit-binding-test\.example\.com +replicalimit-policy\.example\.com +default\/replica-limit-test\.example\.com /,
    )
    await remove('validatingadmissionpolicybinding', 'validatingadmissionpolicy')
  })

  test('variables make up a message', async () => {
    await cluster.apply(images)
    await cluster.apply(
      binding(
        'demo-binding-test.example.com',
        'image-matches-namespace-environment.policy.example.com',
        inTest,
      ),
    )
    const refused = await create('invalid', 1, 'dev.example.com/nginx')
    assert.match(
      refused.stderr,
      /denied request: only test images are allowed in namespace default/,
    )
    assert.equal((await create('valid', 1, 'test.example.com/nginx')).code, 0)
    await remove('validatingadmissionpolicybinding', 'validatingadmissionpolicy')
  })

  test('an expression that fits no type is told of in the status', async () => {
    await cluster.apply(
      policy(
        'deploy-replica-policy.example.com',
        `${atDeployments}  validations: [{expression: "object.replicas > 1", message: must be replicated, reason: Invalid}]`,
      ),
    )
    await cluster.knarr('clock', 'advance', '5s')
    const path = 'jsonpath={.status}'
    const status: unknown = JSON.parse(
      await cluster.kubectl(
        'get',
        'validatingadmissionpolicies',
        'deploy-replica-policy.example.com',
        '-o',
        path,
      ),
    )
    assert.deepEqual(status, {
      observedGeneration: 1,
      typeChecking: {
        expressionWarnings: [
          {
            fieldRef: 'spec.validations[0].expression',
            warning:
              "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas > 1\n | ......^\n",
          },
        ],
      },
    })
    await remove('validatingadmissionpolicy')
  })

  test('what cannot be compiled is refused at once', async () => {
    const broken = demo.replace('object.spec.replicas <= 5', 'object.spec.replicas <=')
    const refused = await cluster.tryKubectl(['apply', '-f', '-'], broken)
    assert.match(
      refused.stderr,
      /is invalid: spec\.validations\[0\]\.expression: Invalid value: "object\.spec\.replicas <=": compilation failed: ERROR: <input>:1:24: Syntax error/,
    )
  })

  test('a mutating policy adds a container to pods', async () => {
    const bound = binding(
      'sidecar-binding-test.example.com',
      'sidecar-policy.example.com',
      inTest,
      'Mutating',
    )
    await cluster.apply(bound)
    for (const [name, mutation, image] of [
      ['applied', applied(), 'mesh/proxy:v1.0.0'],
      ['patched', patched, 'mesh-proxy/v1.0.0'],
    ] as const) {
      await cluster.apply(sidecar(mutation))
      await cluster.kubectl('run', name, '--image=nginx')
      const path = 'jsonpath={.spec.initContainers[*].image}'
      assert.equal(await cluster.kubectl('get', 'pod', name, '-o', path), image)
    }
    await cluster.apply(sidecar(applied('\n                  args: ["proxy", "sidecar"],')))
    const refused = await run('run', 'with-args', '--image=nginx')
    assert.match(
      refused.stderr,
      /policy 'sidecar-policy\.example\.com' with binding 'sidecar-binding-test\.example\.com' denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: \.spec\.initContainers\[0\]\.args/,
    )
  })
})
