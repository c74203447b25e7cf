# The scripts of this folder read this after component.sh.
repository=$(cd "$component/../../../.." && pwd)
# The packages of npm are in an image. A change of package-lock.json makes only the images again.
base_images=$component_cache/images-$(sha256sum <"$repository/package-lock.json" | cut -c1-12)
skaffold_state=$CLUSTER_STATE/skaffold
docker_cgroup=sd-e2e-docker
