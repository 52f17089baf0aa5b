/**
 * What the structure files do not say: facts of the published API that no marker carries.
 * Everything else is derived.
 */

/**
 * The packages to generate besides the stable ones (`v1`, `v2`…): legacy views, and versions of
 * reviews that clients and webhooks may still ask for.
 */
export const extraPackages: ReadonlySet<string> = new Set([
  'dev.knarr.sim.v1alpha1',
  'k8s.io.api.admission.v1beta1',
  'k8s.io.api.apidiscovery.v2beta1',
  'k8s.io.api.extensions.v1beta1',
  'k8s.io.apimachinery.pkg.apis.meta.v1beta1',
])

/** Packages of stable versions that are not part of the served API. */
export const excludedPackages: ReadonlySet<string> = new Set([
  'k8s.io.apimachinery.pkg.apis.testapigroup.v1',
])

/** Messages whose JSON is not an object of their fields, by the name the schema gives their form. */
export const scalarForms: Readonly<Record<string, string>> = {
  'k8s.io.apimachinery.pkg.api.resource.Quantity': 'quantity',
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': 'intOrString',
  'k8s.io.apimachinery.pkg.apis.meta.v1.Time': 'time',
  'k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime': 'microTime',
  'k8s.io.apimachinery.pkg.apis.meta.v1.Duration': 'duration',
  'k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1': 'fieldsV1',
  'k8s.io.apimachinery.pkg.runtime.RawExtension': 'rawExtension',
  'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSON': 'json',
  'k8s.io.apimachinery.pkg.apis.meta.v1.Verbs': 'stringList',
  'k8s.io.api.authentication.v1.ExtraValue': 'stringList',
  'k8s.io.api.authorization.v1.ExtraValue': 'stringList',
  'k8s.io.api.certificates.v1.ExtraValue': 'stringList',
}

/** Messages of which JSON holds the one field that is set, without its name. */
export const unionForms: Readonly<Record<string, string>> = {
  JSONSchemaPropsOrArray: 'schemaOrArray',
  JSONSchemaPropsOrBool: 'schemaOrBool',
  JSONSchemaPropsOrStringArray: 'schemaOrStringArray',
}

/** Messages that are Go-internal or wire-only: they never occur as a type of a JSON field. */
export const skippedMessages: ReadonlySet<string> = new Set([
  'k8s.io.apimachinery.pkg.api.resource.QuantityValue',
  'k8s.io.apimachinery.pkg.apis.meta.v1.Timestamp',
  'k8s.io.apimachinery.pkg.apis.meta.v1.TypeMeta',
  'k8s.io.apimachinery.pkg.apis.meta.v1.Patch',
  'k8s.io.apimachinery.pkg.runtime.TypeMeta',
  'k8s.io.apimachinery.pkg.runtime.Unknown',
])

/** JSON names that differ from the proto names and stand in no other file. */
export const jsonNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  BoundObjectReference: { uID: 'uid' },
  JSONSchemaProps: {
    schema: '$schema',
    ref: '$ref',
    xKubernetesPreserveUnknownFields: 'x-kubernetes-preserve-unknown-fields',
    xKubernetesEmbeddedResource: 'x-kubernetes-embedded-resource',
    xKubernetesIntOrString: 'x-kubernetes-int-or-string',
    xKubernetesListMapKeys: 'x-kubernetes-list-map-keys',
    xKubernetesListType: 'x-kubernetes-list-type',
    xKubernetesMapType: 'x-kubernetes-map-type',
    xKubernetesValidations: 'x-kubernetes-validations',
  },
}

/** Messages besides the kinds and their lists that carry `apiVersion` and `kind` in JSON. */
export const alsoWithTypeMeta: ReadonlySet<string> = new Set(
  Object.entries({
    'dev.knarr.sim.v1alpha1': ['ClockAdvance'],
    'k8s.io.api.admission.v1': ['AdmissionReview'],
    'k8s.io.api.admission.v1beta1': ['AdmissionReview'],
    'k8s.io.api.apidiscovery.v2': ['APIGroupDiscovery', 'APIGroupDiscoveryList'],
    'k8s.io.api.apidiscovery.v2beta1': ['APIGroupDiscovery', 'APIGroupDiscoveryList'],
    'k8s.io.api.authentication.v1': ['TokenRequest'],
    'k8s.io.api.autoscaling.v1': ['Scale'],
    'k8s.io.api.core.v1': [
      'List',
      'NodeProxyOptions',
      'PodAttachOptions',
      'PodExecOptions',
      'PodLogOptions',
      'PodPortForwardOptions',
      'PodProxyOptions',
      'PodStatusResult',
      'RangeAllocation',
      'SerializedReference',
      'ServiceProxyOptions',
    ],
    'k8s.io.api.extensions.v1beta1': ['Scale'],
    'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1': ['ConversionReview'],
    'k8s.io.apimachinery.pkg.apis.meta.v1': [
      'APIGroup',
      'APIGroupList',
      'APIResourceList',
      'APIVersions',
      'ApplyOptions',
      'CreateOptions',
      'DeleteOptions',
      'GetOptions',
      'List',
      'ListOptions',
      'PartialObjectMetadata',
      'PartialObjectMetadataList',
      'PatchOptions',
      'Status',
      'TableOptions',
      'UpdateOptions',
    ],
    'k8s.io.apimachinery.pkg.apis.meta.v1beta1': ['PartialObjectMetadataList'],
  }).flatMap(([package_, names]) => names.map((name) => `${package_}.${name}`)),
)

/** Fields without a marker that are optional all the same: Go omits them when empty. */
const omitted: Readonly<Record<string, readonly string[]>> = {
  'k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicy': ['spec'],
  'k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicyBinding': ['spec'],
  'k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicySpec': ['matchConstraints'],
  'k8s.io.api.admissionregistration.v1.MutatingWebhook': ['rules'],
  'k8s.io.api.admissionregistration.v1.Mutation': ['applyConfiguration', 'jsonPatch'],
  'k8s.io.api.admissionregistration.v1.Rule': ['apiGroups', 'apiVersions', 'resources'],
  'k8s.io.api.admissionregistration.v1.RuleWithOperations': ['operations'],
  'k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicy': ['spec'],
  'k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicySpec': ['matchConstraints'],
  'k8s.io.api.admissionregistration.v1.ValidatingWebhook': ['rules'],
  'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.ExternalDocumentation': [
    'description',
    'url',
  ],
  'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps': ['*'],
  'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.ValidationRule': ['message'],
  'k8s.io.api.apps.v1.ControllerRevision': ['data'],
  'k8s.io.api.apps.v1.DeploymentCondition': ['lastUpdateTime', 'lastTransitionTime'],
  'k8s.io.api.apps.v1.DeploymentStatus': ['conditions'],
  'k8s.io.api.apps.v1.StatefulSetSpec': ['updateStrategy'],
  'k8s.io.api.authorization.v1.SelfSubjectRulesReviewSpec': ['namespace'],
  'k8s.io.api.certificates.v1.CertificateSigningRequestSpec': ['usages'],
  'k8s.io.api.core.v1.AzureDiskVolumeSource': ['kind'],
  'k8s.io.api.core.v1.EphemeralContainerCommon': ['image'],
  'k8s.io.api.core.v1.EphemeralVolumeSource': ['volumeClaimTemplate'],
  'k8s.io.api.core.v1.EventSeries': ['lastObservedTime'],
  'k8s.io.api.core.v1.HostAlias': ['hostnames'],
  'k8s.io.api.core.v1.NodeConfigSource': ['configMap'],
  'k8s.io.api.core.v1.NodeSystemInfo': ['swap'],
  'k8s.io.api.core.v1.PersistentVolumeSource': ['photonPersistentDisk'],
  'k8s.io.api.core.v1.PodCertificateProjection': ['userAnnotations'],
  'k8s.io.api.core.v1.PodSpec': ['initContainers'],
  'k8s.io.api.core.v1.PodStatus': ['initContainerStatuses'],
  'k8s.io.api.core.v1.ResourceStatus': ['resources'],
  'k8s.io.api.core.v1.ServiceSpec': ['ports'],
  'k8s.io.api.core.v1.VolumeNodeAffinity': ['required'],
  'k8s.io.api.core.v1.VolumeSource': ['photonPersistentDisk', 'projected'],
  'k8s.io.api.discovery.v1.Endpoint': ['conditions'],
  'k8s.io.api.discovery.v1.EndpointHints': ['forZones', 'forNodes'],
  'k8s.io.api.extensions.v1beta1.DaemonSetStatus': ['conditions'],
  'k8s.io.api.extensions.v1beta1.DeploymentCondition': ['lastUpdateTime', 'lastTransitionTime'],
  'k8s.io.api.extensions.v1beta1.DeploymentStatus': ['conditions'],
  'k8s.io.api.flowcontrol.v1.FlowSchemaCondition': ['lastTransitionTime'],
  'k8s.io.api.flowcontrol.v1.LimitedPriorityLevelConfiguration': ['limitResponse'],
  'k8s.io.api.flowcontrol.v1.PriorityLevelConfigurationCondition': ['lastTransitionTime'],
  'k8s.io.apimachinery.pkg.apis.meta.v1.APIResource': [
    'group',
    'version',
    'shortNames',
    'categories',
  ],
  'k8s.io.apimachinery.pkg.apis.meta.v1.ListMeta': ['continue'],
  'k8s.io.apimachinery.pkg.apis.meta.v1.ListOptions': ['limit', 'continue'],
  'k8s.io.apimachinery.pkg.apis.meta.v1.TableOptions': ['includeObject'],
  'k8s.io.api.networking.v1.IngressServiceBackend': ['port'],
  'k8s.io.api.storage.v1.CSIDriver': ['metadata'],
  'k8s.io.api.storage.v1.CSINode': ['metadata'],
  'k8s.io.api.storage.v1.VolumeAttributesClass': ['parameters'],
}

/** Whether an unmarked field is optional in the published API. */
export function omittedWhenEmpty(messageName: string, jsonName: string): boolean {
  const names = omitted[messageName] ?? []
  return names.includes(jsonName) || names.includes('*')
}

/** Unmarked pointers to scalars that are required: Go writes them even when they are null. */
export const alwaysWritten: ReadonlySet<string> = new Set([
  'k8s.io.api.admissionregistration.v1.MutatingWebhook.sideEffects',
  'k8s.io.api.admissionregistration.v1.ValidatingWebhook.sideEffects',
  'k8s.io.api.certificates.v1.CertificateSigningRequestSpec.request',
  'k8s.io.api.networking.v1.HTTPIngressPath.pathType',
])
