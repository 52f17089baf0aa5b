/** What discovery says of a kind beyond the structure files. Absent means the usual case. */
export interface KindFacts {
  readonly plural?: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly verbs?: readonly string[]
  /** Subresources besides `status`, which every kind with a status has. */
  readonly subresources?: Readonly<Record<string, SubresourceFacts>>
  readonly namespaced?: boolean
}

export interface SubresourceFacts {
  readonly verbs: readonly string[]
  /** `group/version.Kind` of the body; absent means the kind itself. `.Kind` is of the own group version. */
  readonly kind?: string
}

/** The API group of a package whose group is not `SEGMENT.k8s.io`. */
export const groupNames: Readonly<Record<string, string>> = {
  apps: 'apps',
  autoscaling: 'autoscaling',
  batch: 'batch',
  core: '',
  extensions: 'extensions',
  flowcontrol: 'flowcontrol.apiserver.k8s.io',
  policy: 'policy',
  rbac: 'rbac.authorization.k8s.io',
  sim: 'sim.knarr.dev',
}

/** Packages whose kinds are the bodies of webhooks: no path serves them. */
export const unservedPackages: ReadonlySet<string> = new Set([
  'k8s.io.api.admission.v1',
  'k8s.io.api.admission.v1beta1',
])

const readWrite = ['get', 'patch', 'update'] as const
const scale: SubresourceFacts = { verbs: readWrite, kind: 'autoscaling/v1.Scale' }
const legacyScale: SubresourceFacts = { verbs: readWrite, kind: '.Scale' }
const connect = ['create', 'get'] as const
const proxy = ['create', 'delete', 'get', 'patch', 'update'] as const
const all = ['all'] as const
const extensions = ['api-extensions'] as const

/** Facts by package and kind, for the kinds that are not the usual case throughout. */
export const kindFacts: Readonly<Record<string, Readonly<Record<string, KindFacts>>>> = {
  'dev.knarr.sim.v1alpha1': {
    Clock: {
      namespaced: false,
      subresources: { advance: { verbs: ['create'], kind: '.ClockAdvance' } },
    },
    Fault: { namespaced: false },
    Snapshot: { namespaced: false },
  },
  'k8s.io.api.admissionregistration.v1': {
    MutatingAdmissionPolicy: { categories: extensions },
    MutatingAdmissionPolicyBinding: { categories: extensions },
    MutatingWebhookConfiguration: { categories: extensions },
    ValidatingAdmissionPolicy: { categories: extensions },
    ValidatingAdmissionPolicyBinding: { categories: extensions },
    ValidatingWebhookConfiguration: { categories: extensions },
  },
  'k8s.io.api.apps.v1': {
    DaemonSet: { shortNames: ['ds'], categories: all },
    Deployment: { shortNames: ['deploy'], categories: all, subresources: { scale } },
    ReplicaSet: { shortNames: ['rs'], categories: all, subresources: { scale } },
    StatefulSet: { shortNames: ['sts'], categories: all, subresources: { scale } },
  },
  'k8s.io.api.autoscaling.v1': {
    HorizontalPodAutoscaler: { shortNames: ['hpa'], categories: all },
  },
  'k8s.io.api.autoscaling.v2': {
    HorizontalPodAutoscaler: { shortNames: ['hpa'], categories: all },
  },
  'k8s.io.api.batch.v1': {
    CronJob: { shortNames: ['cj'], categories: all },
    Job: { categories: all },
  },
  'k8s.io.api.certificates.v1': {
    CertificateSigningRequest: {
      shortNames: ['csr'],
      subresources: { approval: { verbs: readWrite } },
    },
  },
  'k8s.io.api.core.v1': {
    Binding: { verbs: ['create'], namespaced: true },
    ComponentStatus: { plural: 'componentstatuses', shortNames: ['cs'], verbs: ['get', 'list'] },
    ConfigMap: { shortNames: ['cm'] },
    Endpoints: { shortNames: ['ep'] },
    Event: { shortNames: ['ev'] },
    LimitRange: { shortNames: ['limits'] },
    Namespace: {
      shortNames: ['ns'],
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
      subresources: { finalize: { verbs: ['update'] } },
    },
    Node: {
      shortNames: ['no'],
      subresources: { proxy: { verbs: proxy, kind: '.NodeProxyOptions' } },
    },
    PersistentVolume: { shortNames: ['pv'] },
    PersistentVolumeClaim: { shortNames: ['pvc'] },
    Pod: {
      shortNames: ['po'],
      categories: all,
      subresources: {
        attach: { verbs: connect, kind: '.PodAttachOptions' },
        binding: { verbs: ['create'], kind: '.Binding' },
        ephemeralcontainers: { verbs: readWrite },
        eviction: { verbs: ['create'], kind: 'policy/v1.Eviction' },
        exec: { verbs: connect, kind: '.PodExecOptions' },
        log: { verbs: ['get'] },
        portforward: { verbs: connect, kind: '.PodPortForwardOptions' },
        proxy: { verbs: proxy, kind: '.PodProxyOptions' },
        resize: { verbs: readWrite },
      },
    },
    ReplicationController: { shortNames: ['rc'], categories: all, subresources: { scale } },
    ResourceQuota: { shortNames: ['quota'] },
    Service: {
      shortNames: ['svc'],
      categories: all,
      subresources: { proxy: { verbs: proxy, kind: '.ServiceProxyOptions' } },
    },
    ServiceAccount: {
      shortNames: ['sa'],
      subresources: {
        token: { verbs: ['create'], kind: 'authentication.k8s.io/v1.TokenRequest' },
      },
    },
  },
  'k8s.io.api.events.v1': { Event: { shortNames: ['ev'] } },
  // No short names: kubectl would warn that they are ambiguous with those of the stable group.
  'k8s.io.api.extensions.v1beta1': {
    Deployment: { subresources: { scale: legacyScale } },
    ReplicaSet: { subresources: { scale: legacyScale } },
  },
  'k8s.io.api.networking.v1': {
    IPAddress: { shortNames: ['ip'] },
    Ingress: { shortNames: ['ing'] },
    NetworkPolicy: { shortNames: ['netpol'] },
  },
  'k8s.io.api.policy.v1': { PodDisruptionBudget: { shortNames: ['pdb'] } },
  'k8s.io.api.scheduling.v1': { PriorityClass: { shortNames: ['pc'] } },
  'k8s.io.api.storage.v1': {
    StorageClass: { shortNames: ['sc'] },
    VolumeAttributesClass: { shortNames: ['vac'] },
  },
  'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1': {
    CustomResourceDefinition: {
      shortNames: ['crd', 'crds'],
      categories: extensions,
      namespaced: false,
    },
  },
  'k8s.io.kube_aggregator.pkg.apis.apiregistration.v1': {
    APIService: { categories: extensions, namespaced: false },
  },
}
