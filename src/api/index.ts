export {
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  mutatingWebhookConfigurations,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  validatingWebhookConfigurations,
} from './admissionregistration/index.ts'
export {
  approvalOf,
  cleanupFinalizer,
  customResourceDefinitions,
  hasStatusPart,
  isProtectedGroup,
  nonStructuralOf,
} from './apiextensions/index.ts'
export { apiServicePriorities, apiServices } from './apiregistration/index.ts'
export {
  controllerRevisions,
  daemonSets,
  deployments,
  replicaSets,
  statefulSets,
} from './apps/index.ts'
export { selfSubjectReviews, tokenReviews } from './authentication/index.ts'
export {
  defaultTokenRequest,
  validateTokenRequest,
} from './authentication/v1/token-request/validation.ts'
export {
  localSubjectAccessReviews,
  selfSubjectAccessReviews,
  selfSubjectRulesReviews,
  subjectAccessReviews,
} from './authorization/index.ts'
export { horizontalPodAutoscalers } from './autoscaling/index.ts'
export { cronJobs, jobs } from './batch/index.ts'
export { isTimeZone, parseSchedule, type Schedule } from './batch/v1/cron-job/schedule.ts'
export { nextTimeMs, offsetMs } from './batch/v1/cron-job/schedule-times.ts'
export { certificateSigningRequests } from './certificates/index.ts'
export {
  type CertificateRequest,
  parseCertificateRequest,
} from './certificates/v1/certificate-signing-request/request.ts'
export {
  kubernetesSigners,
  signerRefusal,
} from './certificates/v1/certificate-signing-request/signers.ts'
export { leases } from './coordination/index.ts'
export {
  bindings,
  componentStatuses,
  configMaps,
  endpoints,
  events,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  podTemplates,
  replicationControllers,
  resourceQuotas,
  secrets,
  serviceAccounts,
  services,
  validateClusterIps,
} from './core/index.ts'
export { validateBinding } from './core/v1/binding/index.ts'
export { isNodeReady, nodeReadyCondition } from './core/v1/node/readiness.ts'
export { isPodReady, isPodTerminal, neverProbed } from './core/v1/pod/model/conditions.ts'
export { allContainersOf, isSidecar, sidecarsOf } from './core/v1/pod/model/containers.ts'
export { type HostPort, hostPortsOf, portsConflict } from './core/v1/pod/model/host-ports.ts'
export { defaultPullPolicy, imageTag } from './core/v1/pod/model/image-tag.ts'
export {
  type NodePredicate,
  nodeTerm,
  requiredNodes,
  type SelectableNode,
} from './core/v1/pod/model/node-selector.ts'
export { findContainerPort, findPodPort, protocolOf } from './core/v1/pod/model/ports.ts'
export { podQosClass, type QosClass } from './core/v1/pod/model/qos.ts'
export {
  addAmounts,
  amountsOf,
  isPodLevelResource,
  maxAmounts,
  podLimits,
  podRequests,
  type RequestOptions,
  type ResourceAmounts,
} from './core/v1/pod/model/requests.ts'
export { type PodSummary, summarizePod } from './core/v1/pod/model/summary.ts'
export { findUntoleratedTaint, toleratesTaint } from './core/v1/pod/model/tolerations.ts'
export {
  areSameAmounts,
  increaseOf,
  listOfAmounts,
  maskAmounts,
  namesBeyond,
  withoutZeros,
} from './core/v1/resource-quota/usage/amounts.ts'
export type { QuotaEvaluator } from './core/v1/resource-quota/usage/evaluator.ts'
export { quotaEvaluatorOf, quotaMatches } from './core/v1/resource-quota/usage/evaluators.ts'
export { scopeSelectorsOf } from './core/v1/resource-quota/usage/scopes.ts'
export { endpointSlices } from './discovery/index.ts'
export {
  headlessServiceLabel,
  serviceNameLabel,
  sliceManagedByLabel,
} from './discovery/v1/endpoint-slice/labels.ts'
export { eventsV1Events } from './events/index.ts'
export {
  legacyDaemonSets,
  legacyDeployments,
  legacyIngresses,
  legacyReplicaSets,
} from './extensions/index.ts'
export {
  autoUpdateAnnotation,
  type FlowControlObjects,
  flowSchemas,
  mandatoryFlowControl,
  priorityLevelConfigurations,
  suggestedFlowControl,
} from './flowcontrol/index.ts'
export { fieldGaps, kindGaps } from './gaps/table.ts'
export { gapWarnings, hasGaps } from './gaps/warnings.ts'
export type * from './generated/types/index.ts'
export type {
  Clock as ClusterClock,
  ClockAdvance,
  ClockCondition,
  Fault,
  FaultSpec,
  FaultStatus,
  Snapshot,
  SnapshotStatus,
} from './generated/types/sim-v1alpha1.ts'
export {
  ingressClasses,
  ingresses,
  ipAddresses,
  mostSelectedPeers,
  networkPolicies,
  serviceCidrs,
} from './networking/index.ts'
export { runtimeClasses } from './node/index.ts'
export {
  type Descriptions,
  encodeOpenApiV2,
  noDescriptions,
  type OpenApiSchema,
  openApiV2,
  openApiV3,
  readDescriptions,
  type ServedResource,
} from './openapi/index.ts'
export { podDisruptionBudgets } from './policy/index.ts'
export { clusterRoleBindings, clusterRoles, roleBindings, roles } from './rbac/index.ts'
export {
  deviceClasses,
  resourceClaims,
  resourceClaimTemplates,
  resourceSlices,
} from './resource/index.ts'
export { toleratesDeviceTaint } from './resource/v1/shared/tolerates.ts'
export { priorityClasses } from './scheduling/index.ts'
export { systemPriorities } from './scheduling/v1/priority-class/index.ts'
export {
  findKind,
  type GroupVersionKind,
  type KindInfo,
  kinds,
  type SubresourceInfo,
} from './served/kinds.ts'
export { apiProtobuf } from './served/protobuf.ts'
export { resources } from './served/resources.ts'
export { enabledResources } from './served/runtime-config.ts'
export { apiSchema } from './served/schema.ts'
export { schemaNameOf } from './served/schema-name.ts'
export { isExtendedResource } from './shared/resource-amounts.ts'
export { scaleColumns } from './shared/scale.ts'
export { isCaBundle } from './shared/webhook-client.ts'
export { clocks, faults, snapshots } from './sim/index.ts'
export { clockName, validateClockAdvance } from './sim/v1alpha1/clock/index.ts'
export { readDuration } from './sim/v1alpha1/durations.ts'
export { readBandwidth, readLoss } from './sim/v1alpha1/fault/rates.ts'
export type { FaultType, FaultTypeOf, PartitionDirection } from './sim/v1alpha1/fault/types.ts'
export {
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
} from './storage/index.ts'
export { isDefaultStorageClass } from './storage/v1/storage-class/index.ts'
