/** One realistic object of each kind, as somebody might write it: defaults are still missing. */
import type { KubeObject } from '#machinery'

const labels = { app: 'web' }
const selector = { matchLabels: labels }
const podSpec = {
  containers: [
    {
      name: 'web',
      image: 'nginx:1.25',
      ports: [{ name: 'http', containerPort: 80 }],
      env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
      resources: { requests: { cpu: '100m' }, limits: { memory: '64Mi' } },
      readinessProbe: { httpGet: { port: 'http' } },
      volumeMounts: [{ name: 'settings', mountPath: '/settings' }],
    },
  ],
  volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
}
const template = { metadata: { labels }, spec: podSpec }
const roleRef = { kind: 'ClusterRole', name: 'view' }
const subjects = [
  { kind: 'User', name: 'jane' },
  { kind: 'ServiceAccount', name: 'builder', namespace: 'default' },
]
const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const deviceClaim = {
  devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu.example.com' } }] },
}
const job = {
  template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'busybox:1' }] } },
}
/** Asks for `CN=jane, O=dev, O=ops`. */
const request =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIbU1JR05BZ0VBTUNzeEREQUtCZ05WQkFvTUEyUmxkakVNTUFvR0ExVUVDZ3dEYjNCek1RMHdDd1lEVlFRRApEQVJxWVc1bE1Ga3dFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRUhxRXJJVEFrVHdtcWoyT0pvMFNaCmYvcVdWQy9VaTlXSXM1ODBXUEdTdVpDODlLQnJ2MzhZaUtPWktXWDJJU0lOMDNQWEdUdkxCb1h0ZmJzc1BxaDkKeGFBQU1Bb0dDQ3FHU000OUJBTUNBMGdBTUVVQ0lHcUJTV2Vva2t4c0pHbzZ0L0ZYNGo0SjVRTGgvME5xS0w0SgpkZUh4RlFnZ0FpRUF3enRQS3VlbXNPcExRLzJOVTVYUEthTnB6TzUwdVpJbE53dU91NVRNck0wPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K'

const matchedPods = {
  operations: ['CREATE'],
  apiGroups: [''],
  apiVersions: ['v1'],
  resources: ['pods'],
}
const webhook = {
  name: 'images.example.com',
  clientConfig: { service: { namespace: 'default', name: 'images', path: '/check' } },
  rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
}

export const examples: Readonly<Record<string, KubeObject & Record<string, unknown>>> = {
  'v1 Binding': { target: { kind: 'Node', name: 'node-1' } },
  'v1 ComponentStatus': { conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }] },
  'v1 ConfigMap': { data: { 'app.conf': 'a=1' } },
  'v1 Endpoints': {
    subsets: [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 80 }] }],
  },
  'v1 Event': {
    involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' },
    reason: 'Pulled',
    message: 'Container image "nginx" already present on machine',
    type: 'Normal',
    source: { component: 'kubelet', host: 'node-1' },
    firstTimestamp: '2026-01-02T03:00:05Z',
    lastTimestamp: '2026-01-02T03:04:00Z',
    count: 3,
  },
  'v1 LimitRange': {
    spec: { limits: [{ type: 'Container', max: { cpu: '2' }, min: { cpu: '10m' } }] },
  },
  'v1 Namespace': {},
  'v1 Node': {
    metadata: { labels: { 'node-role.kubernetes.io/control-plane': '' } },
    spec: { podCIDR: '10.244.0.0/24', taints: [{ key: 'a', effect: 'NoSchedule' }] },
    status: { capacity: { cpu: '4', memory: '8Gi', pods: '110' } },
  },
  'v1 PersistentVolume': {
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/data' },
    },
  },
  'v1 PersistentVolumeClaim': {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
  'v1 Pod': { spec: podSpec },
  'v1 PodTemplate': { template },
  'v1 ReplicationController': { spec: { template } },
  'v1 ResourceQuota': { spec: { hard: { 'requests.cpu': '4', pods: '10' } } },
  'v1 Secret': { type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'x', 'tls.key': 'y' } },
  'v1 Service': { spec: { selector: labels, ports: [{ port: 80 }] } },
  'v1 ServiceAccount': {},
  'admissionregistration.k8s.io/v1 MutatingAdmissionPolicy': {
    spec: {
      matchConstraints: { resourceRules: [matchedPods] },
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression: 'Object{metadata: Object.metadata{labels: {"a": "b"}}}',
          },
        },
      ],
      reinvocationPolicy: 'Never',
    },
  },
  'admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding': {
    spec: { policyName: 'policy' },
  },
  'admissionregistration.k8s.io/v1 MutatingWebhookConfiguration': { webhooks: [webhook] },
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy': {
    spec: {
      matchConstraints: { resourceRules: [matchedPods] },
      validations: [{ expression: 'object.metadata.name != "forbidden"' }],
    },
  },
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding': {
    spec: { policyName: 'policy', validationActions: ['Deny'] },
  },
  'admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration': { webhooks: [webhook] },
  'apiextensions.k8s.io/v1 CustomResourceDefinition': {
    metadata: { name: 'examples.example.com' },
    spec: {
      group: 'example.com',
      names: { plural: 'examples', kind: 'Example' },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object' } },
        },
      ],
    },
    status: { storedVersions: ['v1'] },
  },
  'apiregistration.k8s.io/v1 APIService': {
    metadata: { name: 'v1.metrics.example.com' },
    spec: {
      group: 'metrics.example.com',
      version: 'v1',
      service: { namespace: 'default', name: 'metrics' },
      groupPriorityMinimum: 100,
      versionPriority: 10,
    },
  },
  'apps/v1 ControllerRevision': { data: { spec: {} }, revision: 1 },
  'apps/v1 DaemonSet': { spec: { selector, template } },
  'apps/v1 Deployment': { spec: { selector, template } },
  'apps/v1 ReplicaSet': { spec: { selector, template } },
  'apps/v1 StatefulSet': {
    spec: {
      selector,
      serviceName: 'web',
      template,
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    },
  },
  'authentication.k8s.io/v1 SelfSubjectReview': {},
  'authentication.k8s.io/v1 TokenReview': { spec: { token: 'x' } },
  'authorization.k8s.io/v1 LocalSubjectAccessReview': {
    spec: { user: 'jane', resourceAttributes: { namespace: 'default', verb: 'get' } },
  },
  'authorization.k8s.io/v1 SelfSubjectAccessReview': {
    spec: { nonResourceAttributes: { path: '/healthz', verb: 'get' } },
  },
  'authorization.k8s.io/v1 SelfSubjectRulesReview': { spec: { namespace: 'default' } },
  'authorization.k8s.io/v1 SubjectAccessReview': {
    spec: { user: 'jane', resourceAttributes: { verb: 'get', resource: 'pods' } },
  },
  'autoscaling/v1 HorizontalPodAutoscaler': {
    spec: { scaleTargetRef: target, maxReplicas: 5, targetCPUUtilizationPercentage: 60 },
  },
  'autoscaling/v2 HorizontalPodAutoscaler': { spec: { scaleTargetRef: target, maxReplicas: 5 } },
  'batch/v1 CronJob': { spec: { schedule: '*/5 * * * *', jobTemplate: { spec: job } } },
  'batch/v1 Job': { spec: job },
  'certificates.k8s.io/v1 CertificateSigningRequest': {
    spec: { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
  },
  'coordination.k8s.io/v1 Lease': {
    spec: { holderIdentity: 'node-1', leaseDurationSeconds: 40 },
  },
  'discovery.k8s.io/v1 EndpointSlice': {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.2.3'] }],
    ports: [{ port: 80 }],
  },
  'events.k8s.io/v1 Event': {
    regarding: { kind: 'Pod', name: 'web', namespace: 'default' },
    note: 'Container started',
    reason: 'Started',
    type: 'Normal',
    eventTime: '2026-01-02T03:04:00.000000Z',
    reportingController: 'kubelet',
    reportingInstance: 'node-1',
    action: 'Starting',
  },
  'extensions/v1beta1 DaemonSet': { spec: { template } },
  'extensions/v1beta1 Deployment': { spec: { replicas: 2, template } },
  'extensions/v1beta1 Ingress': {
    spec: {
      rules: [
        {
          host: 'example.com',
          http: { paths: [{ path: '/', backend: { serviceName: 'web', servicePort: 80 } }] },
        },
      ],
    },
  },
  'extensions/v1beta1 ReplicaSet': { spec: { template } },
  'flowcontrol.apiserver.k8s.io/v1 FlowSchema': {
    spec: {
      priorityLevelConfiguration: { name: 'workload-low' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'jane' } }],
          resourceRules: [
            { verbs: ['list'], apiGroups: [''], resources: ['pods'], namespaces: ['*'] },
          ],
        },
      ],
    },
  },
  'flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration': {
    spec: {
      type: 'Limited',
      limited: { limitResponse: { type: 'Queue', queuing: { queues: 16 } } },
    },
  },
  'networking.k8s.io/v1 Ingress': {
    spec: {
      rules: [
        {
          host: 'example.com',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 'web', port: { name: 'http' } } },
              },
            ],
          },
        },
      ],
    },
  },
  'networking.k8s.io/v1 IngressClass': { spec: { controller: 'example.com/ingress' } },
  'networking.k8s.io/v1 IPAddress': {
    metadata: { name: '10.96.0.77' },
    spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } },
  },
  'networking.k8s.io/v1 NetworkPolicy': {
    spec: { podSelector: selector, ingress: [{ ports: [{ port: 80 }] }] },
  },
  'networking.k8s.io/v1 ServiceCIDR': { spec: { cidrs: ['10.97.0.0/24'] } },
  'node.k8s.io/v1 RuntimeClass': { handler: 'runc' },
  'policy/v1 PodDisruptionBudget': { spec: { selector, maxUnavailable: '25%' } },
  'rbac.authorization.k8s.io/v1 ClusterRole': {
    rules: [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }],
  },
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': { roleRef, subjects },
  'rbac.authorization.k8s.io/v1 Role': {
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
  },
  'rbac.authorization.k8s.io/v1 RoleBinding': { roleRef, subjects },
  'resource.k8s.io/v1 DeviceClass': {
    spec: {
      selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }],
      config: [{ opaque: { driver: 'gpu.example.com', parameters: { mode: 'shared' } } }],
    },
  },
  'resource.k8s.io/v1 ResourceClaim': { spec: deviceClaim },
  'resource.k8s.io/v1 ResourceClaimTemplate': {
    spec: { metadata: { labels }, spec: deviceClaim },
  },
  'resource.k8s.io/v1 ResourceSlice': {
    spec: {
      driver: 'gpu.example.com',
      pool: { name: 'n', generation: 1, resourceSliceCount: 1 },
      nodeName: 'n',
      devices: [
        {
          name: 'gpu-0',
          attributes: { model: { string: 'a' }, 'example.com/index': { int: 0 } },
          capacity: { memory: { value: '40Gi' } },
          taints: [{ key: 'example.com/unhealthy', effect: 'NoSchedule' }],
        },
      ],
    },
  },
  'scheduling.k8s.io/v1 PriorityClass': { value: 1000 },
  'sim.knarr.dev/v1alpha1 Clock': { metadata: { name: 'cluster' }, spec: { speed: '60' } },
  'sim.knarr.dev/v1alpha1 Fault': { spec: { type: 'NodeCrash', node: 'n' } },
  'sim.knarr.dev/v1alpha1 Snapshot': { spec: { type: 'Exact' } },
  'storage.k8s.io/v1 CSIDriver': { spec: {} },
  'storage.k8s.io/v1 CSINode': { spec: { drivers: [{ name: 'a.example.com', nodeID: 'n' }] } },
  'storage.k8s.io/v1 CSIStorageCapacity': {
    storageClassName: 'fast',
    capacity: '10Gi',
    nodeTopology: { matchLabels: { zone: 'a' } },
  },
  'storage.k8s.io/v1 StorageClass': { provisioner: 'example.com/disk' },
  'storage.k8s.io/v1 VolumeAttributesClass': {
    driverName: 'csi.example.com',
    parameters: { iops: '100' },
  },
  'storage.k8s.io/v1 VolumeAttachment': {
    spec: { attacher: 'a.example.com', source: { persistentVolumeName: 'v' }, nodeName: 'n' },
  },
}
