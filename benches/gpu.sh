#!/usr/bin/env bash
# How fast the GPU of this machine is, and whether it computes PyTorch's answers, in under eight minutes.
#
#     benches/gpu.sh [FOLDER]
#
# FOLDER has the binaries `conformance` and `gpu_table`, built elsewhere:
#     cargo build --release -p rushlight-tests --bin conformance -p rushlight-benches --bin gpu_table
#     mkdir -p FOLDER && cp target/release/{conformance,gpu_table} FOLDER && strip FOLDER/*
# Without it they are built here, from the crates that cargo already has. Needs a Vulkan driver and its loader (libvulkan.so.1).
# PyTorch is timed beside it if python3 has it with CUDA. Ends with 1 if an answer was wrong, with 2 if there was nothing to run on.
set -euo pipefail
cd "$(dirname "$0")/.."
step() { printf '\n== %s\n' "$*"; }

folder=${1:-}
if [ -z "$folder" ]; then
    step "binaries"
    cargo build --offline --locked --release -p rushlight-tests --bin conformance -p rushlight-benches --bin gpu_table
    folder=${CARGO_TARGET_DIR:-target}/release
fi
# Mesa's layer that chooses devices complains where there is no desktop.
export NODEVICE_SELECT=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# In containers NVIDIA's driver is often mounted where the loader does not look.
if [ -z "${VK_DRIVER_FILES:-}" ] && ! ls /usr/share/vulkan/icd.d/nvidia_icd*.json /etc/vulkan/icd.d/nvidia_icd*.json >/dev/null 2>&1; then
    if [ -e /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json ]; then
        export VK_DRIVER_FILES=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
    elif library=$(ldconfig -p | awk '/libGLX_nvidia\.so\.0/ {print $NF}') && [ -n "$library" ]; then
        printf '{"file_format_version": "1.0.1", "ICD": {"library_path": "%s", "api_version": "1.3.0"}}\n' "${library%%$'\n'*}" >"$scratch/nvidia.json"
        export VK_DRIVER_FILES=$scratch/nvidia.json
    fi
fi

step "card"
nvidia-smi --query-gpu=name,driver_version,clocks.max.sm,clocks.max.mem --format=csv,noheader 2>/dev/null || echo "no nvidia-smi"
if [ "$(uname)" = Linux ] && ! ldconfig -p | grep 'libvulkan\.so\.1' >/dev/null; then
    echo "no libvulkan.so.1: install the Vulkan loader (Debian: libvulkan1)"
fi

step "PyTorch"
torch=()
if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
    python3 -c 'import torch; print(torch.__version__, torch.cuda.get_device_name())'
    if timeout 120 python3 benches/gpu_torch.py >"$scratch/torch.json"; then
        torch=(--torch "$scratch/torch.json")
    fi
else
    echo "none with CUDA"
fi

step "speed"
timeout 150 "$folder/gpu_table" "${torch[@]}" || case $? in
    2) exit 2 ;;
    *) echo "the table was cut off" ;;
esac

step "correctness: PyTorch's answers on the GPU"
wrong=0
timeout 200 "$folder/conformance" tests/conformance/selection --device gpu >"$scratch/conformance.txt" || wrong=$?
grep -E '^(fail|panic) ' "$scratch/conformance.txt" | head -n 20 || true
tail -n 8 "$scratch/conformance.txt"
failed=$(grep -cE '^(fail|panic) ' "$scratch/conformance.txt" || true)
echo "wrong answers: $failed"
[ "$wrong" != 124 ] || echo "cut off after 200 s"
[ "$wrong" = 0 ] && [ "$failed" = 0 ]
