/** What upstream calls the queues of controllers, where that is not the name of the controller. */
const names: Readonly<Record<string, string>> = {
  'api-service-registration': 'autoregister',
  'certificatesigningrequest-approving': 'certificate',
  'clusterrole-aggregation': 'ClusterRoleAggregator',
  'custom-resource-approval': 'kubernetes_api_approval_conformant_condition_controller',
  'custom-resource-cleanup': 'crd_finalizer',
  'custom-resource-establishing': 'crdEstablishing',
  'custom-resource-names': 'crd_naming_condition_controller',
  'custom-resource-schemas': 'non_structural_schema_condition_controller',
  'daemon-set': 'daemonset',
  endpointslice: 'endpoint_slice',
  endpointslicemirroring: 'endpoint_slice_mirroring',
  'generic-garbage-collector': 'garbage_collector_attempt_to_delete',
  'node-lifecycle': 'node_lifecycle_controller_pods',
  'pv-protection-controller': 'pvprotection',
  'pvc-protection-controller': 'pvcprotection',
  replication: 'replicationmanager',
  resourcequota: 'resourcequota_primary',
  'root-ca-cert-publisher': 'root_ca_cert_publisher',
  'service-account': 'serviceaccount',
  'service-cidrs-controller': 'ipaddresses',
  'ttl-after-finished': 'ttl_jobs_to_delete',
}

/** The name by which metrics tell the queue of a controller from others. */
export function queueNameOf(controller: string): string {
  return names[controller] ?? controller
}
