// Plugins that `bench engine install` can download: wheels pinned by version and hash.
//
// For CUDA there are official builds: JAX's own plugins, with NVIDIA's libraries in the versions that their requirements allow.
// For the CPU there is none, since jaxlib has its client inside. Of three builds on PyPI we take the fastest, which packages the
// library of zml/pjrt-artifacts unchanged; its XLA is open source, its packager a research group, so it is pinned by hash like
// the rest. `xla-cpu-pjrt` 0.0.1 says it is by the OpenXLA authors, but names no licence; any of them can be given by path.

import { pinnedWheel } from '@gaussmark/engine-kit';

const MEGABYTE = 1e6;

export interface Wheel {
  /** `jax-cuda13-pjrt 0.12.0.1`. */
  readonly name: string;
  /** A requirement with its hash. */
  readonly pin: string;
  readonly bytes: number;
  readonly licence: string;
}

export interface PluginPart {
  readonly summary: string;
  readonly platform: 'cpu' | 'cuda';
  readonly wheels: readonly Wheel[];
  /** What to unpack, by prefixes of names in the wheels. */
  readonly members: readonly string[];
  /** The plugin, below the part's folder. */
  readonly library: string;
  /** Prerequisites besides Python, as a user would search for them. */
  readonly needs: readonly string[];
}

const wheel = (name: string, version: string, megabytes: number, licence: string, sha256: string): Wheel => ({
  name: `${name} ${version}`,
  pin: pinnedWheel(`${name}==${version}`, sha256),
  bytes: megabytes * MEGABYTE,
  licence,
});

const nvidia = (name: string, version: string, megabytes: number, sha256: string): Wheel =>
  wheel(`nvidia-${name}`, version, megabytes, 'NVIDIA, proprietary', sha256);

const CUDA13: readonly Wheel[] = [
  wheel(
    'jax-cuda13-pjrt',
    '0.12.0.1',
    135,
    'Apache-2.0',
    '5899bb6177eda86ea532afb9a26794f2bdd04966f6a01f9028266b16c2b6cf90',
  ),
  nvidia('cublas', '13.10.0.20', 444, 'dcc6d63884c53d07e267ce7e6feac17b2538cebaafec5db865736c3e28e4dc84'),
  nvidia('cuda-cupti', '13.5.25', 13, '9dcca41c12a734192b14e7128ae116bc9ce1b9da686e2ebf48ae7a4415f76650'),
  nvidia('cuda-nvcc', '13.5.37', 47, 'f5c4f7ead5d964fb4af42bbf1e6d3ec3c1e6e9d83b53749f691d387e7fcaa3a7'),
  nvidia('cuda-runtime', '13.5.37', 3, 'df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d'),
  nvidia('cudnn-cu13', '9.28.1.4', 517, 'a54f205b1db1f2895d99f398754db1369816f0569dd459731f925635cf7b65ec'),
  nvidia('cufft', '12.5.0.14', 165, 'b8be26837a5abad2b5b74f3e92dd29f622a42934b355be0961a48712cbba23ad'),
  nvidia('cusolver', '12.4.1.2', 260, 'b3b8e02fd2f2df869369af075dc3a179d43f6f7b85e94632a7dce556697be044'),
  nvidia('cusparse', '12.9.4.2', 230, '072667e58c851a318738f5527a12eb225cbf058803f2ea451c722d8cf8edddec'),
  nvidia('nccl-cu13', '2.32.3', 305, '1459723080ac889d73a26edfa3e04383a7928ab31ac8f0ec43b3ea9548b04ff3'),
  nvidia('nvjitlink', '13.5.37', 47, '280d7cb9649704145f074b8dbde500de04ce02d0872e066e20a83c17bcaa93eb'),
  nvidia('cuda-nvrtc', '13.5.37', 58, '86b4d68058807988b7d9af5b44917a0601e9c337f35ccd657bfb3c759ff8d8bc'),
  nvidia('nvshmem-cu13', '3.8.0', 182, '81a4d1f666543e6d34df6d2ff940c7da1435e34e186aab6f3c2b48861b64ef38'),
  nvidia('nvvm', '13.5.37', 75, 'c41bfa362e407405163f103c2229f0765f8cc2ed7d148b754dc77f228bf7e070'),
];

const CUDA12: readonly Wheel[] = [
  wheel(
    'jax-cuda12-pjrt',
    '0.12.0.1',
    192,
    'Apache-2.0',
    '5ec28e06198d094031c37590b4ea753ae8cde4879ab4b60baf40f0dffb673286',
  ),
  nvidia('cublas-cu12', '12.9.3.13', 581, 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72'),
  nvidia(
    'cuda-cupti-cu12',
    '12.9.79',
    11,
    '096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f',
  ),
  nvidia('cuda-nvcc-cu12', '12.9.86', 41, '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0'),
  nvidia(
    'cuda-runtime-cu12',
    '12.9.79',
    4,
    '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
  ),
  nvidia('cudnn-cu12', '9.28.0.42', 717, '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375'),
  nvidia('cufft-cu12', '11.4.1.4', 201, 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28'),
  nvidia(
    'cusolver-cu12',
    '11.7.5.82',
    338,
    '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
  ),
  nvidia(
    'cusparse-cu12',
    '12.5.10.65',
    367,
    '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
  ),
  nvidia('nccl-cu12', '2.32.3', 352, 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c'),
  nvidia('nvjitlink-cu12', '12.9.86', 40, 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9'),
  nvidia(
    'cuda-nvrtc-cu12',
    '12.9.86',
    90,
    '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
  ),
  nvidia('nvshmem-cu12', '3.8.0', 281, 'b2e5760d6158aefe7bb74348d5128bb1b46a7dd1fd4b7b1e6fe55b4b07888f70'),
];

export const PARTS: Readonly<Record<string, PluginPart>> = {
  'xla-cpu': {
    summary: "the XLA plugin for engine xla's platform=cpu",
    platform: 'cpu',
    wheels: [
      wheel(
        'fastatomstruct-xla-cpu',
        '2026.6.23',
        63,
        'Apache-2.0',
        '88b1c430b341b4bea40a37420311c9c75db6e22b46d2ff95b6986577bee6afe9',
      ),
    ],
    members: ['fastatomstruct_xla_cpu'],
    library: 'fastatomstruct_xla_cpu/libpjrt_cpu.so',
    needs: ['0.4 GB of disk'],
  },
  'xla-cuda13': {
    summary: "JAX's XLA plugin for platform=cuda, with NVIDIA's CUDA 13 libraries",
    platform: 'cuda',
    wheels: CUDA13,
    members: ['jax_plugins/', 'jax_cuda13_pjrt', 'nvidia/'],
    library: 'jax_plugins/xla_cuda13/xla_cuda_plugin.so',
    needs: ["NVIDIA's driver (580 or later)", '9 GB of disk'],
  },
  'xla-cuda12': {
    summary: "JAX's XLA plugin for platform=cuda, with NVIDIA's CUDA 12 libraries, for older drivers",
    platform: 'cuda',
    wheels: CUDA12,
    members: ['jax_plugins/', 'jax_cuda12_pjrt', 'nvidia/'],
    library: 'jax_plugins/xla_cuda12/xla_cuda_plugin.so',
    needs: ["NVIDIA's driver (525 or later)", '11 GB of disk'],
  },
};
