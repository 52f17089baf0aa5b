/** Ingresses between the old group and networking.k8s.io/v1, which renamed how backends are written. */
import type {
  IngressBackend as OldBackend,
  Ingress as OldIngress,
  HTTPIngressPath as OldPath,
  IngressSpec as OldSpec,
} from '../../../generated/types/extensions-v1beta1.ts'
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressSpec,
} from '../../../generated/types/networking-v1.ts'

export function toNetworking({ spec, ...rest }: OldIngress): Ingress {
  return { ...rest, ...(spec && { spec: newSpec(spec) }) } as Ingress
}

export function fromNetworking({ spec, ...rest }: Ingress): OldIngress {
  return { ...rest, ...(spec && { spec: oldSpec(spec) }) } as OldIngress
}

function newSpec({ backend, rules, ...rest }: OldSpec): IngressSpec {
  return {
    ...rest,
    ...(backend && { defaultBackend: newBackend(backend) }),
    ...(rules && {
      rules: rules.map(({ http, ...rule }) => ({
        ...rule,
        ...(http && { http: { paths: (http.paths ?? []).map(newPath) } }),
      })),
    }),
  }
}

function oldSpec({ defaultBackend, rules, ...rest }: IngressSpec): OldSpec {
  return {
    ...rest,
    ...(defaultBackend && { backend: oldBackend(defaultBackend) }),
    ...(rules && {
      rules: rules.map(({ http, ...rule }) => ({
        ...rule,
        http: { paths: (http?.paths ?? []).map(oldPath) },
      })),
    }),
  }
}

function newPath({
  backend,
  pathType = 'ImplementationSpecific',
  ...rest
}: OldPath): HTTPIngressPath {
  return { ...rest, pathType, backend: newBackend(backend ?? {}) }
}

function oldPath({ backend, ...rest }: HTTPIngressPath): OldPath {
  return { ...rest, backend: oldBackend(backend) }
}

function newBackend({ serviceName, servicePort, resource }: OldBackend): IngressBackend {
  if (serviceName === undefined) return resource ? { resource } : {}
  const port =
    typeof servicePort === 'number'
      ? { number: servicePort }
      : servicePort === undefined
        ? {}
        : { name: servicePort }
  return { service: { name: serviceName, port }, ...(resource && { resource }) }
}

function oldBackend({ service, resource }: IngressBackend): OldBackend {
  const servicePort = service?.port?.name ?? service?.port?.number
  return {
    ...(service && { serviceName: service.name }),
    ...(servicePort !== undefined && { servicePort }),
    ...(resource && { resource }),
  }
}
