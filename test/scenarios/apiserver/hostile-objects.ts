import {
  container,
  filled,
  type HostileRequest,
  map,
  named,
  object,
  pod,
  pods,
  posted,
} from './hostile-parts.ts'

const yaml = 'application/yaml'

const yamlBodies: readonly HostileRequest[] = [
  posted(
    'YAML: keys',
    (bytes) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n${filled(bytes, (i) => `  k${i}: v\n`)}`,
    { type: yaml },
  ),
  posted('YAML: one list', (bytes) => `data: [${filled(bytes, () => '1', ',')}]`, { type: yaml }),
  posted('YAML: empty documents', (bytes) => filled(bytes, () => '---\n'), { type: yaml }),
  posted('YAML: deep brackets', (bytes) => `a: ${'['.repeat(bytes)}`, { type: yaml }),
  posted('YAML: deep indentation', (bytes) => filled(bytes, (i) => `${' '.repeat(i)}a:\n`), {
    type: yaml,
  }),
  posted(
    'YAML: anchors and aliases',
    (bytes) => `a: &a [1]\nb: [${filled(bytes, () => '*a', ',')}]`,
    {
      type: yaml,
    },
  ),
  posted('YAML: comments', (bytes) => filled(bytes, () => '#\n'), { type: yaml }),
  posted('YAML: one quoted text', (bytes) => `a: "${'\\n'.repeat(bytes / 2)}"`, { type: yaml }),
]

const jsonBodies: readonly HostileRequest[] = [
  posted('JSON: keys', (bytes) =>
    map(`${named},"data":{${filled(bytes, (i) => `"k${i}":""`, ',')}}`),
  ),
  posted('JSON: one key again and again', (bytes) =>
    map(`${named},"data":{${filled(bytes, () => '"k":""', ',')}}`),
  ),
  posted('JSON: unknown fields', (bytes) =>
    map(`${named},${filled(bytes, (i) => `"k${i}":1`, ',')}`),
  ),
  posted('JSON: deep lists', (bytes) => '['.repeat(bytes)),
  posted('JSON: deep maps', (bytes) => '{"a":'.repeat(bytes / 5)),
  posted('JSON: digits', (bytes) => `{"a":${'1'.repeat(bytes)}}`),
  posted('JSON: escapes', (bytes) => map(`${named},"data":{"a":"${'\\u0061'.repeat(bytes / 6)}"}`)),
  posted('labels', (bytes) =>
    map(`"metadata":{"name":"a","labels":{${filled(bytes, (i) => `"k${i}":"v"`, ',')}}}`),
  ),
  posted('labels that are wrong', (bytes) =>
    map(`"metadata":{"name":"a","labels":{${filled(bytes, (i) => `"-${i}-":"-"`, ',')}}}`),
  ),
  posted('one label of full length', (bytes) =>
    map(`"metadata":{"name":"a","labels":{"a":"${'a'.repeat(bytes)}-"}}`),
  ),
  posted('annotations', (bytes) =>
    map(`"metadata":{"name":"a","annotations":{${filled(bytes, (i) => `"k${i}":"v"`, ',')}}}`),
  ),
  posted('finalizers', (bytes) =>
    map(`"metadata":{"name":"a","finalizers":[${filled(bytes, (i) => `"x/y${i}"`, ',')}]}`),
  ),
  posted('owner references', (bytes) =>
    map(
      `"metadata":{"name":"a","ownerReferences":[${filled(bytes, (i) => `{"apiVersion":"v1","kind":"Pod","name":"p${i}","uid":"u${i}"}`, ',')}]}`,
    ),
  ),
  posted('managed fields', (bytes) =>
    map(
      `"metadata":{"name":"a","managedFields":[${filled(bytes, (i) => `{"manager":"m${i}","operation":"Apply","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:k${i}":{}}}}`, ',')}]}`,
    ),
  ),
  posted('a name', (bytes) => map(`"metadata":{"name":"${'a.'.repeat(bytes / 2)}"}`)),
  posted('a generated name', (bytes) =>
    map(`"metadata":{"generateName":"${'a-'.repeat(bytes / 2)}"}`),
  ),
]

const podBodies: readonly HostileRequest[] = [
  posted(
    'pod: containers',
    (bytes) => pod(`"containers":[${filled(bytes, (i) => `{"name":"c${i}","image":"i"}`, ',')}]`),
    { target: pods },
  ),
  posted(
    'pod: containers of one name',
    (bytes) => pod(`"containers":[${filled(bytes, () => '{"name":"c","image":"i"}', ',')}]`),
    { target: pods },
  ),
  posted(
    'pod: ports',
    (bytes) =>
      container(
        `"ports":[${filled(bytes, (i) => `{"containerPort":${(i % 65535) + 1},"hostPort":${(i % 65535) + 1}}`, ',')}]`,
      ),
    { target: pods },
  ),
  posted(
    'pod: environment',
    (bytes) => container(`"env":[${filled(bytes, (i) => `{"name":"E${i}","value":"v"}`, ',')}]`),
    { target: pods },
  ),
  posted(
    'pod: references in an environment',
    (bytes) => container(`"env":[{"name":"A","value":"${'$(A)'.repeat(bytes / 4)}"}]`),
    { target: pods },
  ),
  posted(
    'pod: volumes and mounts',
    (bytes) =>
      pod(
        `"volumes":[${filled(bytes / 2, (i) => `{"name":"v${i}","emptyDir":{}}`, ',')}],"containers":[{"name":"a","image":"i","volumeMounts":[${filled(bytes / 2, (i) => `{"name":"v${i}","mountPath":"/v${i}"}`, ',')}]}]`,
      ),
    { target: pods },
  ),
  posted(
    'pod: tolerations',
    (bytes) =>
      pod(
        `"tolerations":[${filled(bytes, (i) => `{"key":"k${i}","operator":"Exists"}`, ',')}],"containers":[{"name":"a","image":"i"}]`,
      ),
    { target: pods },
  ),
  posted(
    'pod: spread constraints',
    (bytes) =>
      pod(
        `"topologySpreadConstraints":[${filled(bytes, (i) => `{"maxSkew":1,"topologyKey":"k${i}","whenUnsatisfiable":"DoNotSchedule"}`, ',')}],"containers":[{"name":"a","image":"i"}]`,
      ),
    { target: pods },
  ),
  posted(
    'pod: affinity terms',
    (bytes) =>
      pod(
        `"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[${filled(bytes, (i) => `{"matchExpressions":[{"key":"k${i}","operator":"Exists"}]}`, ',')}]}}},"containers":[{"name":"a","image":"i"}]`,
      ),
    { target: pods },
  ),
  posted(
    'pod: host aliases',
    (bytes) =>
      pod(
        `"hostAliases":[${filled(bytes, (i) => `{"ip":"1.2.3.4","hostnames":["h${i}"]}`, ',')}],"containers":[{"name":"a","image":"i"}]`,
      ),
    { target: pods },
  ),
  posted(
    'quantity: digits and a letter',
    (bytes) => container(`"resources":{"limits":{"cpu":"${'1'.repeat(bytes)}x"}}`),
    { target: pods },
  ),
  posted(
    'quantity: valid digits',
    (bytes) => container(`"resources":{"limits":{"cpu":"${'1'.repeat(bytes)}"}}`),
    { target: pods },
  ),
  posted(
    'pod: resource claims and containers',
    (bytes) =>
      pod(
        `"resourceClaims":[${filled(bytes / 2, (i) => `{"name":"r${i}"}`, ',')}],"containers":[${filled(bytes / 2, (i) => `{"name":"c${i}","image":"i"}`, ',')}]`,
      ),
    { target: pods },
  ),
  posted(
    'quantities',
    (bytes) =>
      container(`"resources":{"limits":{${filled(bytes, (i) => `"x.io/r${i}":"1"`, ',')}}}`),
    { target: pods },
  ),
  posted(
    'pod: image',
    (bytes) => pod(`"containers":[{"name":"a","image":"${'a/'.repeat(bytes / 2)}:"}]`),
    { target: pods },
  ),
  posted(
    'pod: sub path',
    (bytes) =>
      container(
        `"volumeMounts":[{"name":"v","mountPath":"/a","subPath":"${'../'.repeat(bytes / 3)}"}]`,
      ),
    { target: pods },
  ),
]

const otherObjects: readonly HostileRequest[] = [
  posted(
    'deployment: selector values',
    (bytes) =>
      object(
        'Deployment',
        `${named},"spec":{"selector":{"matchExpressions":[{"key":"a","operator":"In","values":[${filled(bytes, (i) => `"v${i}"`, ',')}]}]},"template":{"metadata":{"labels":{"a":"v1"}},"spec":{"containers":[{"name":"a","image":"i"}]}}}`,
        'apps/v1',
      ),
    { target: '/apis/apps/v1/namespaces/default/deployments' },
  ),
  posted(
    'service: ports',
    (bytes) =>
      object(
        'Service',
        `${named},"spec":{"ports":[${filled(bytes, (i) => `{"name":"p${i}","port":${(i % 65535) + 1}}`, ',')}]}`,
      ),
    { target: '/api/v1/namespaces/default/services' },
  ),
  posted(
    'endpoints: addresses',
    (bytes) =>
      object(
        'EndpointSlice',
        `${named},"addressType":"IPv4","endpoints":[${filled(bytes, () => '{"addresses":["10.0.0.1"]}', ',')}]`,
        'discovery.k8s.io/v1',
      ),
    { target: '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices' },
  ),
  posted(
    'role: rules',
    (bytes) =>
      object(
        'ClusterRole',
        `${named},"rules":[${filled(bytes, (i) => `{"verbs":["get"],"apiGroups":[""],"resources":["r${i}"]}`, ',')}]`,
        'rbac.authorization.k8s.io/v1',
      ),
    { target: '/apis/rbac.authorization.k8s.io/v1/clusterroles' },
  ),
  posted(
    'custom resource definition: schema',
    (bytes) =>
      object(
        'CustomResourceDefinition',
        `"metadata":{"name":"as.x.io"},"spec":{"group":"x.io","scope":"Namespaced","names":{"plural":"as","kind":"A"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{${filled(bytes, (i) => `"p${i}":{"type":"string"}`, ',')}}}}}]}`,
        'apiextensions.k8s.io/v1',
      ),
    { target: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions' },
  ),
  posted(
    'secret: base64',
    (bytes) => object('Secret', `${named},"data":{"a":"${'A'.repeat(bytes - (bytes % 4))}"}`),
    { target: '/api/v1/namespaces/default/secrets' },
  ),
  posted(
    'network policy: blocks',
    (bytes) =>
      object(
        'NetworkPolicy',
        `${named},"spec":{"podSelector":{},"ingress":[{"from":[${filled(bytes, (i) => `{"ipBlock":{"cidr":"10.${i % 256}.0.0/16"}}`, ',')}]}]}`,
        'networking.k8s.io/v1',
      ),
    { target: '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies' },
  ),
  posted(
    'cron job: schedule',
    (bytes) =>
      object(
        'CronJob',
        `${named},"spec":{"schedule":"${filled(bytes, (i) => `${i % 60}`, ',')} * * * *","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"a","image":"i"}]}}}}}`,
        'batch/v1',
      ),
    { target: '/apis/batch/v1/namespaces/default/cronjobs' },
  ),
]

/** Objects that are meant to take long to read, to check and to store. */
export const hostileObjects: readonly HostileRequest[] = [
  ...yamlBodies,
  ...jsonBodies,
  ...podBodies,
  ...otherObjects,
]
