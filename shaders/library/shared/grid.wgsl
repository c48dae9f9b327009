// Grids of more than 65,535 workgroups have two dimensions: workgroups are numbered along x, then y.

fn workgroup_number(id: vec3<u32>, count: vec3<u32>) -> u32 {
    return id.y * count.x + id.x;
}
