export { type KubeletConfig, kubeletDefaults } from './config.ts'
export { createKubelet, type Kubelet, type KubeletOptions } from './kubelet.ts'
