/** `api/core/v1.Pod` → `k8s.io.api.core.v1`: the proto package of a type named as Go names it. */
export function packageOfGoType(type: string): string {
  const path = type.slice(0, type.lastIndexOf('.'))
  if (path.startsWith('apiextensions/')) {
    return `k8s.io.apiextensions_apiserver.pkg.apis.${path.replaceAll('/', '.')}`
  }
  return `k8s.io.${path.replaceAll('/', '.')}`
}

/** `api/core/v1.Pod` → `k8s.io.api.core.v1.Pod` */
export function messageOfGoType(type: string): string {
  return packageOfGoType(type) + type.slice(type.lastIndexOf('.'))
}
